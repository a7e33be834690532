//! The rules that every request passes: where it may go, when it is repeated, what is counted.

use super::*;
use crate::Repeat;
use crate::scripted::Scripted;
use coldkeep_core::Code;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

fn call(azure: &Azure, address: &str) -> Call {
    Call::new(azure.resource_manager(), Method::GET, address.parse().unwrap())
}

const HERE: &str = "https://management.azure.com/subscriptions";

#[tokio::test]
async fn nothing_is_sent_to_a_host_that_the_cloud_does_not_name() {
    let network = Scripted::new([]);
    let azure = network.azure();
    for address in [
        "https://evil.example/subscriptions",
        "http://management.azure.com/subscriptions",
        "https://management.azure.com.evil.example/",
        "https://management.azure.com:8443/",
        "https://management.azure.com@evil.example/",
        "https://user@management.azure.com/",
        "/subscriptions",
    ] {
        let error = azure.call_whole(call(&azure, address), 100).await.unwrap_err();
        assert_eq!(error.problem_code(), Code::HostNotAllowed, "{address}");
    }
    assert!(network.asked().is_empty());
}

#[test]
fn a_service_below_a_path_stays_below_it_and_plain_http_stays_on_this_machine() {
    let at = |base: &str, uri: &str| {
        Service::new("s", base, "x-id", said::json::read_refusal)
            .check_names(&uri.parse().unwrap())
            .is_ok()
    };
    assert!(at(
        "http://127.0.0.1:1/account",
        "http://127.0.0.1:1/account/container"
    ));
    assert!(at(
        "http://127.0.0.1:1/account",
        "http://127.0.0.1:1/account?comp=list"
    ));
    assert!(!at(
        "http://127.0.0.1:1/account",
        "http://127.0.0.1:1/accounting/container"
    ));
    assert!(!at("http://127.0.0.1:1", "http://127.0.0.1:2/"));
    assert!(!at("http://storage.example", "http://storage.example/"));
    assert!(at("https://a.blob.example", "https://A.blob.example:443/c"));
    assert!(at("http://[::1]:1", "http://[::1]:1/c"));
    assert!(!at("", "https://a.example/"));
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_repeated_a_bounded_number_of_times() {
    let busy = || (503, &[("retry-after", "7")][..], "busy".to_owned());
    let network = Scripted::new([busy(), busy(), (200, &[][..], "done".to_owned())]);
    let azure = network.azure();
    let start = tokio::time::Instant::now();
    let answer = azure.call_whole(call(&azure, HERE), 100).await.unwrap();
    assert_eq!(&answer.body()[..], b"done");
    assert!(
        start.elapsed() >= Duration::from_secs(14),
        "Retry-After is honoured"
    );
    let meter = azure.meter();
    assert_eq!(
        (meter.requests.load(Relaxed), meter.retries.load(Relaxed)),
        (3, 2)
    );
    assert_eq!(meter.control_bytes.load(Relaxed), 12);
    let ids: Vec<_> = network
        .asked()
        .iter()
        .map(|a| a.headers["x-ms-client-request-id"].clone())
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2], "each try is told apart");

    let network = Scripted::new((0..9).map(|_| busy()));
    let azure = network.azure();
    assert_eq!(
        azure
            .call_whole(call(&azure, HERE), 100)
            .await
            .unwrap_err()
            .status(),
        Some(503)
    );
    assert_eq!(network.asked().len() as u32, crate::transport::retry::TRIES);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_safe_or_will_not_pass_is_sent_once() {
    for (status, repeat) in [(503, Repeat::Never), (403, Repeat::Safe), (409, Repeat::Safe)] {
        let network = Scripted::new([(status, &[][..], String::new()), (200, &[][..], String::new())]);
        let azure = network.azure();
        let call = Call {
            repeat,
            ..call(&azure, HERE)
        };
        assert_eq!(
            azure.call_whole(call, 100).await.unwrap_err().status(),
            Some(status)
        );
        assert_eq!(network.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_host_is_named_with_what_to_check() {
    let network = Scripted::new([]);
    let azure = network.azure();
    let error = azure.call_whole(call(&azure, HERE), 100).await.unwrap_err();
    assert_eq!(network.asked().len() as u32, crate::transport::retry::TRIES);
    let told = error.problem("The subscriptions cannot be listed").to_string();
    assert!(
        told.contains("Azure Resource Manager: connection refused") && told.contains("network, proxy"),
        "{told}"
    );
}

#[tokio::test]
async fn blob_content_is_counted_apart_and_refusals_never_as_such() {
    let network = Scripted::new([
        (200, &[][..], "content".to_owned()),
        (403, &[][..], "refusal!".to_owned()),
    ]);
    let azure = network.azure();
    let data = || Call {
        body: Payload::Bytes(Bytes::from_static(b"up")),
        counts_as: CountsAs::Data,
        ..call(&azure, HERE)
    };
    azure.call_whole(data(), 100).await.unwrap();
    azure.call_whole(data(), 100).await.unwrap_err();
    assert_eq!(azure.meter().data_bytes.load(Relaxed), 2 + 7 + 2);
    assert_eq!(azure.meter().control_bytes.load(Relaxed), 8);
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let network = Scripted::new([(200, &[][..], "x".repeat(101))]);
    let azure = network.azure();
    assert_eq!(
        azure
            .call_whole(call(&azure, HERE), 100)
            .await
            .unwrap_err()
            .problem_code(),
        Code::AzureFeatureUnsupported
    );
}
