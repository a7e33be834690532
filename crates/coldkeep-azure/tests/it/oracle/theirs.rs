//! Microsoft's client over a network that records each request and answers from a list.

use std::sync::{Arc, Mutex};

use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, HttpClient, Request, StatusCode, Transport, Url, headers::Headers,
};
use azure_storage_blob::{
    BlobClient, BlobContainerClient, BlobContainerClientOptions, BlobServiceClient, BlobServiceClientOptions,
};
use bytes::Bytes;
use futures::{AsyncReadExt, future::BoxFuture};

use super::wire::Wire;
use crate::script::SAS;

type Answer = http::Response<Bytes>;

/// Answers in order; remembers what was asked.
#[derive(Debug)]
struct Recorder {
    answers: Mutex<Vec<Answer>>,
    sent: Mutex<Vec<Wire>>,
}

impl HttpClient for Recorder {
    fn execute_request<'a, 'b, 'c>(
        &'a self,
        request: &'b Request,
    ) -> BoxFuture<'c, azure_core::Result<AsyncRawResponse>>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            let body = match request.body().clone() {
                Body::Bytes(bytes) => bytes,
                Body::SeekableStream(mut stream) => {
                    let mut content = Vec::new();
                    stream.read_to_end(&mut content).await?;
                    content.into()
                }
            };
            let headers = request.headers().iter();
            let headers = headers.map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()));
            let wire = Wire::new(request.method().as_ref(), request.url().as_str(), headers, body);
            self.sent.lock().unwrap().push(wire);
            let answer = self.answers.lock().unwrap().remove(0);
            let mut headers = Headers::new();
            for (name, value) in answer.headers() {
                headers.insert(name.as_str().to_owned(), value.to_str().unwrap().to_owned());
            }
            let status = StatusCode::from(answer.status().as_u16());
            Ok(AsyncRawResponse::from_bytes(status, headers, answer.into_body()))
        })
    }
}

/// Microsoft's client of the same container that [`with_sas`](crate::script::with_sas) opens.
#[derive(Debug)]
pub(crate) struct Theirs {
    recorder: Arc<Recorder>,
    version: String,
}

impl Theirs {
    pub(crate) fn new(version: &str, answers: Vec<Answer>) -> Self {
        let recorder = Recorder {
            answers: Mutex::new(answers),
            sent: Mutex::default(),
        };
        Self {
            recorder: Arc::new(recorder),
            version: version.to_owned(),
        }
    }

    pub(crate) fn sent(&self) -> Vec<Wire> {
        self.recorder.sent.lock().unwrap().clone()
    }

    fn options(&self) -> ClientOptions {
        ClientOptions {
            transport: Some(Transport::new(self.recorder.clone())),
            ..ClientOptions::default()
        }
    }

    pub(crate) fn service(&self) -> BlobServiceClient {
        let options = BlobServiceClientOptions {
            client_options: self.options(),
            version: self.version.clone(),
        };
        BlobServiceClient::new(address("/"), None, Some(options)).unwrap()
    }

    pub(crate) fn container(&self) -> BlobContainerClient {
        let options = BlobContainerClientOptions {
            client_options: self.options(),
            version: self.version.clone(),
        };
        BlobContainerClient::new(address("/backups"), None, Some(options)).unwrap()
    }

    pub(crate) fn blob(&self, name: &str) -> BlobClient {
        self.container().blob_client(name)
    }
}

fn address(path: &str) -> Url {
    Url::parse(&format!("http://127.0.0.1:9/north{path}?{SAS}")).unwrap()
}
