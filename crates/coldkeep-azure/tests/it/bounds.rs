//! Whatever is answered, and however slowly: what is read is bounded, and every wait has an end.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use coldkeep_azure::{
    Azure, Body, Deadlines, Error, Exchange,
    blob::{BlobAuth, Container, Include, Read},
};
use coldkeep_core::{ByteRange, Kind, SecretString, SystemClock, cloud::Cloud};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::time::Instant;

/// A service that answers by a rule: the number of the request and the request itself make the answer.
struct Rule<F>(F, AtomicUsize);

impl<F> std::fmt::Debug for Rule<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rule")
    }
}

impl<F: Fn(usize, &Request<Body>) -> Option<Response<Body>> + Send + Sync> Exchange for Rule<F> {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>, Error>> {
        let number = self.1.fetch_add(1, Ordering::SeqCst);
        let answer = (self.0)(number, &request);
        Box::pin(async move {
            match answer {
                Some(answer) => Ok(answer),
                None => std::future::pending().await,
            }
        })
    }
}

fn container<F>(rule: F) -> (Container, Arc<Rule<F>>)
where
    F: Fn(usize, &Request<Body>) -> Option<Response<Body>> + Send + Sync + 'static,
{
    let rule = Arc::new(Rule(rule, AtomicUsize::new(0)));
    let cloud = Cloud {
        name: "Scripted".into(),
        blob_endpoint: "http://127.0.0.1:9/{account}".into(),
        builtin: false,
        ..Cloud::builtin().remove(0)
    };
    let azure = Azure::with_exchange(cloud, Arc::new(SystemClock), rule.clone());
    let auth = BlobAuth::Sas(SecretString::from("sig=x"));
    (
        Container::new(&azure, "north", None, "backups", auth).unwrap(),
        rule,
    )
}

fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// A body that gives this piece again and again, so long after each other, for ever.
fn dripping(piece: &'static [u8], every: Duration) -> Body {
    let pieces = stream::unfold((), move |()| async move {
        tokio::time::sleep(every).await;
        Some((Ok::<_, Infallible>(Frame::data(Bytes::from_static(piece))), ()))
    });
    BodyExt::map_err(StreamBody::new(pieces), |never| match never {}).boxed_unsync()
}

fn blob(length: u64, body: Body) -> Response<Body> {
    Response::builder()
        .header("etag", "\"0x8DD\"")
        .header("last-modified", "Tue, 03 Jun 2025 10:11:12 GMT")
        .header("content-length", length)
        .body(body)
        .unwrap()
}

/// A page of blobs with these names.
fn page(names: impl Iterator<Item = String>, marker: &str) -> Response<Body> {
    let blobs: String = names
        .map(|name| {
            format!(
                "<Blob><Name>{name}</Name><Properties><Last-Modified>Tue, 03 Jun 2025 10:11:12 \
                 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>1</Content-Length></Properties></Blob>"
            )
        })
        .collect();
    Response::new(full(format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
    )))
}

const BYTE: &[u8] = b"x";
const CHUNK: &[u8] = &[0; 65_536];

#[tokio::test(start_paused = true)]
async fn a_body_of_a_byte_a_second_ends() {
    let (container, _) = container(|_, request| {
        let mut answer = blob(1_000_000_000, dripping(BYTE, Duration::from_secs(1)));
        if let Some(range) = request.headers().get("range") {
            let first = range
                .to_str()
                .unwrap()
                .trim_start_matches("bytes=")
                .split('-')
                .next()
                .unwrap();
            let first: u64 = first.parse().unwrap();
            *answer.status_mut() = http::StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {first}-999999999/1000000000");
            answer
                .headers_mut()
                .insert("content-range", range.parse().unwrap());
            answer
                .headers_mut()
                .insert("content-length", (1_000_000_000 - first).into());
        }
        Some(answer)
    });
    let start = Instant::now();
    let whole = container
        .fetch_small_blob("a", None, 2_000_000_000)
        .await
        .unwrap_err();
    assert!(whole.to_string().contains("too slow"), "{whole}");
    assert_eq!(whole.kind(), Kind::Unavailable);
    let body = container.fetch_blob("a", Read::default()).await.unwrap();
    let streamed = body.stream.try_for_each(|_| async { Ok(()) }).await.unwrap_err();
    assert!(streamed.to_string().contains("too slow"), "{streamed}");
    let head = container.list("", Include::default()).next().await.unwrap_err();
    assert!(head.to_string().contains("too slow"), "{head}");
    assert!(
        start.elapsed() < Duration::from_secs(2000),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_just_fast_enough_for_ever_ends() {
    let (container, rule) =
        container(|_, _| Some(blob(1_000_000, dripping(&CHUNK[..2048], Duration::from_secs(1)))));
    let start = Instant::now();
    let error = container
        .fetch_small_blob("a", None, 2_000_000)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not complete"), "{error}");
    assert_eq!(
        rule.1.load(Ordering::SeqCst),
        1,
        "what took so long is not sent again"
    );
    assert!(
        start.elapsed() < Duration::from_secs(400),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_not_asked_for_ever() {
    let (container, rule) = container(|_, _| None);
    let start = Instant::now();
    let error = container.fetch_head("a", None).await.unwrap_err();
    assert!(
        error.to_string().contains("no response within 100 seconds"),
        "{error}"
    );
    assert!(rule.1.load(Ordering::SeqCst) <= 3);
    assert!(
        start.elapsed() < Duration::from_secs(400),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_no_slow_service() {
    let (container, _) = container(|_, _| {
        let pieces = stream::iter((0..5).map(|_| Ok::<_, Infallible>(Frame::data(Bytes::from_static(BYTE)))));
        let body = BodyExt::map_err(StreamBody::new(pieces), |never| match never {}).boxed_unsync();
        Some(blob(5, body))
    });
    let mut stream = container.fetch_blob("a", Read::default()).await.unwrap().stream;
    let mut bytes = 0;
    while let Some(piece) = stream.next().await {
        bytes += piece.unwrap().len();
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    assert_eq!(bytes, 5);
}

#[tokio::test(start_paused = true)]
async fn bodies_are_counted_whatever_their_length_is_said_to_be() {
    // Longer than allowed by what it says, and by what comes.
    for length in [u64::MAX, 1 << 40, 4] {
        let (container, _) = container(move |_, _| Some(blob(length, dripping(CHUNK, Duration::ZERO))));
        let error = container
            .fetch_small_blob("a", None, 1_000_000)
            .await
            .unwrap_err();
        assert!(error.is_too_long(), "{length}: {error}");
        // A stream ends where it was said to.
        let body = container.fetch_blob("a", Read::default()).await;
        if length == 4 {
            let error = body
                .unwrap()
                .stream
                .try_for_each(|_| async { Ok(()) })
                .await
                .unwrap_err();
            assert_eq!(error.kind(), Kind::Corrupt, "{error}");
        } else if length == u64::MAX {
            assert!(
                body.unwrap_err()
                    .to_string()
                    .contains("larger than a blob can be")
            );
        }
    }
    // Shorter than it says.
    let (container, _) = container(|_, _| Some(blob(10, full("short"))));
    let error = container.fetch_small_blob("a", None, 1000).await.unwrap_err();
    assert!(error.to_string().contains("its length differs"), "{error}");
}

#[tokio::test]
async fn a_range_that_was_not_asked_for_is_no_content() {
    let (container, _) = container(|number, _| {
        let mut answer = blob(4, full("abcd"));
        if number > 0 {
            *answer.status_mut() = http::StatusCode::PARTIAL_CONTENT;
            let range = ["", "bytes 0-3/10", "bytes 4-7/10"][number];
            answer
                .headers_mut()
                .insert("content-range", range.parse().unwrap());
        }
        Some(answer)
    });
    let read = |range| Read {
        range,
        ..Read::default()
    };
    let second_half = ByteRange {
        offset: 4,
        length_bytes: 4,
    };
    for (asked, why) in [
        (Some(second_half), "it is the whole blob"),
        (Some(second_half), "not the requested one"),
        (None, "it is a range"),
    ] {
        let error = container.fetch_blob("a", read(asked)).await.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end_with_an_error() {
    // The same marker, two in turn, seven in turn, and always another one with the same page.
    for period in [1, 2, 7, usize::MAX] {
        for empty in [false, true] {
            let (container, rule) = container(move |number, _| {
                let names = (0..3).filter(move |_| !empty).map(|n| format!("blob{n}"));
                Some(page(names, &format!("marker{}", number % period)))
            });
            let mut pages = container.list("", Include::default());
            let error = loop {
                match pages.next().await {
                    Ok(page) => assert!(page.is_some()),
                    Err(error) => break error,
                }
            };
            assert!(error.to_string().contains("does not end"), "{error}");
            assert_eq!(error.kind(), Kind::Unavailable);
            let asked = rule.1.load(Ordering::SeqCst);
            let most = if empty && period == usize::MAX { 1002 } else { 30 };
            assert!(asked <= most, "{asked} pages of {period}");
        }
    }
}

#[tokio::test]
async fn a_page_holds_no_more_than_was_asked_for() {
    let (container, _) = container(|_, _| Some(page((0..3).map(|n| n.to_string()), "")));
    let mut two = container.list("", Include::default()).at_most(2);
    assert!(
        two.next()
            .await
            .unwrap_err()
            .to_string()
            .contains("more than the 2 blobs")
    );
    let mut three = container.list("", Include::default()).at_most(3);
    assert_eq!(three.next().await.unwrap().unwrap().blobs.len(), 3);
    assert!(three.next().await.unwrap().is_none());
    let (container, _) = self::container(|_, _| Some(page((0..5001).map(|n| n.to_string()), "")));
    assert!(container.list("", Include::default()).next().await.is_err());
}

#[tokio::test]
async fn a_page_too_long_for_memory_is_asked_for_in_pieces() {
    // Five thousand blobs with eight kilobytes of metadata each, served as the service would.
    let (container, rule) = container(|_, request| {
        let query = request.uri().query().unwrap();
        let value = |name: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(name));
            pair.and_then(|value| value.parse::<usize>().ok())
        };
        let (most, first) = (
            value("maxresults=").unwrap_or(5000),
            value("marker=").unwrap_or(0),
        );
        let next = (first + most).min(5000);
        let marker = if next == 5000 {
            String::new()
        } else {
            next.to_string()
        };
        let heavy = "m".repeat(8000);
        let blobs: String = (first..next)
            .map(|n| format!("<Blob><Name>{n:05}</Name><Metadata><a>{heavy}</a></Metadata></Blob>"))
            .collect();
        Some(Response::new(full(format!(
            "<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker>{marker}</NextMarker></EnumerationResults>"
        ))))
    });
    let include = Include {
        metadata: true,
        ..Include::default()
    };
    let mut pages = container.list("", include);
    let mut names = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        names.extend(page.blobs.into_iter().map(|blob| blob.name));
    }
    assert_eq!(names, (0..5000).map(|n| format!("{n:05}")).collect::<Vec<_>>());
    assert_eq!(rule.1.load(Ordering::SeqCst), 11, "one in vain, then ten");
}

#[tokio::test]
async fn a_page_of_tiny_things_by_the_million_is_not_taken() {
    for (start, tiny, end) in [
        ("<Blob>", "<Name>a</Name></Blob><Blob>", "<Name>a</Name></Blob>"),
        (
            "<Blob><Name>a</Name><Metadata>",
            "<aa/><ab/>",
            "</Metadata></Blob>",
        ),
        (
            "<Blob><Name>a</Name><Tags><TagSet>",
            "<Tag><Key>a</Key><Value>b</Value></Tag>",
            "</TagSet></Tags></Blob>",
        ),
        ("<Blob><Name>", "a", "</Name></Blob>"),
        (
            "<Blob><Name>a</Name><Properties><Content-Type>",
            "a",
            "</Content-Type></Properties></Blob>",
        ),
    ] {
        let body = format!(
            "<EnumerationResults><Blobs>{start}{}{end}</Blobs></EnumerationResults>",
            tiny.repeat(2_000_000 / tiny.len())
        );
        let body = Bytes::from(body);
        let (container, _) = container(move |_, _| Some(Response::new(full(body.clone()))));
        assert!(
            container.list("", Include::default()).next().await.is_err(),
            "{tiny}"
        );
    }
}

#[tokio::test]
async fn lengths_beyond_any_blob_are_refused_in_a_listing() {
    for length in ["18446744073709551615", "9223372036854775808", "-1", "1e3"] {
        let body = format!(
            "<EnumerationResults><Blobs><Blob><Name>a</Name><Properties><Content-Length>{length}</Content-Length></Properties></Blob></Blobs></EnumerationResults>"
        );
        let (container, _) = container(move |_, _| Some(Response::new(full(body.clone()))));
        let error = container.list("", Include::default()).next().await.unwrap_err();
        assert!(error.to_string().contains("the length"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn deadlines_are_the_callers_to_shorten() {
    let (container, _) = container(|_, _| None);
    let hasty = container.azure().with_deadlines(Deadlines {
        head: Duration::from_millis(10),
        tries: Duration::from_millis(10),
        ..Deadlines::default()
    });
    let auth = BlobAuth::Sas(SecretString::from("sig=x"));
    let container = Container::new(&hasty, "north", None, "backups", auth).unwrap();
    let start = Instant::now();
    container.fetch_head("a", None).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(1));
}
