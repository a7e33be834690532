//! A proxy that leads connections to given hosts elsewhere: for clients that have Microsoft's hosts built in.

use std::{collections::HashMap, io, sync::Arc};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// Starts it with pairs of a host and the URL it leads to; returns its address. It lives as long as the test's runtime.
pub async fn leading(hosts: &[(&str, &str)]) -> String {
    let pairs = hosts.iter().map(|(host, url)| {
        let address = url.split("://").last().unwrap_or(url);
        ((*host).to_owned(), address.to_owned())
    });
    let hosts: Arc<HashMap<_, _>> = Arc::new(pairs.collect());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(tunnel(client, Arc::clone(&hosts)));
        }
    });
    format!("http://{address}")
}

/// Answers CONNECT, and passes bytes on until either side ends. Other hosts are not reached.
async fn tunnel(client: TcpStream, hosts: Arc<HashMap<String, String>>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut first = String::new();
    client.read_line(&mut first).await?;
    let mut line = String::new();
    while client.read_line(&mut line).await? > 2 {
        line.clear();
    }
    let host = first.split([' ', ':']).nth(1).unwrap_or_default();
    let Some(target) = hosts.get(host) else {
        return client.write_all(b"HTTP/1.1 502 Unknown host\r\n\r\n").await;
    };
    let mut server = TcpStream::connect(target).await?;
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
