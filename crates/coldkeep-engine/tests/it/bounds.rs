//! A target that lies: what is claimed costs neither memory nor time without end, and spoils its own point only.

use crate::scene::here;
use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use coldkeep_azure::{
    Azure, Deadlines,
    blob::{BlobAuth, Container, Include, Read, Write},
};
use coldkeep_core::{Kind, SecretString, SystemClock, cloud::Cloud, job::OnChange, run::RunState};
use coldkeep_sim::{
    Options, Sim,
    blobs::{Seed, generated},
    world::faults::{Action, Fault},
};
use futures::TryStreamExt;
use parquet::{
    data_type::{ByteArray, ByteArrayType},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use sha2::Digest;

use crate::{
    authentic::{self, attach, document},
    scene::{By, Scene},
};

/// A container with one blob `a` at a simulator, asked with little patience.
async fn lying(sim: &Sim) -> Container {
    let at = sim.endpoints();
    let cloud = Cloud {
        name: "Simulated".into(),
        active_directory: at.login,
        graph: at.graph,
        resource_manager: at.resource_manager,
        blob_endpoint: at.blob,
        builtin: false,
        ..Cloud::builtin().remove(0)
    };
    let azure = Azure::new(cloud, &coldkeep_azure::Network::default(), Arc::new(SystemClock))
        .unwrap()
        .with_deadlines(Deadlines {
            head: Duration::from_secs(2),
            idle: Duration::from_secs(2),
            window: Duration::from_secs(2),
            window_bytes: 1024,
            whole: Duration::from_secs(4),
            tries: Duration::from_secs(1),
            ..Deadlines::default()
        });
    let key = SecretString::from(sim.world().account_key("northsource").unwrap());
    let container = Container::new(&azure, "northsource", None, "box", BlobAuth::Key(key)).unwrap();
    container.create_container().await.unwrap();
    let content = Bytes::from(vec![b'x'; 10_000]);
    container
        .create_blob("a", content, &Write::default())
        .await
        .unwrap();
    container
}

async fn stream(container: &Container) -> Result<u64, coldkeep_azure::Error> {
    let body = container.fetch_blob("a", Read::default()).await?;
    body.stream
        .try_fold(0, |sum, piece| async move { Ok(sum + piece.len() as u64) })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_lie_or_never_end_are_errors() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let container = lying(&sim).await;
    let faults = sim.world().faults();
    for action in [
        Action::LieLength { bytes: 1 << 62 },
        Action::LieLength { bytes: u64::MAX },
        Action::LieLength { bytes: 20_000 },
        Action::EndlessBody,
        Action::SlowBody { bytes_per_s: 1 },
    ] {
        faults.clear();
        faults.add(Fault::new(action.clone()).method("GET"));
        let small = container.fetch_small_blob("a", None, 100_000).await;
        assert!(small.is_err(), "{action:?}: {small:?}");
        let streamed = stream(&container).await;
        assert!(streamed.is_err(), "{action:?}: {streamed:?}");
        let listed = container.list("", Include::default()).next().await;
        assert!(listed.is_err(), "{action:?}: {listed:?}");
    }
    faults.clear();
    faults.add(Fault::new(Action::LieLength { bytes: 100 }).method("GET"));
    let (_, cut) = container.fetch_small_blob("a", None, 100_000).await.unwrap();
    assert_eq!(cut.len(), 100, "its hash tells");
    faults.clear();
    assert_eq!(stream(&container).await.unwrap(), 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_listing_never_ends_fails_the_run() {
    for period in [1, 2, 5, 0] {
        let scene = Scene::new(By::Key, false).await;
        scene.source().fill(generated("", 3, 10));
        scene.settle();
        scene.add_job(OnChange::Fail).await;
        let fault = Fault::new(Action::RepeatMarkers { period })
            .path_contains("northsource/backups?restype=container&comp=list");
        scene.sim.world().faults().add(fault);
        let run = scene.run().await;
        assert_eq!(run.state, RunState::Failed, "{period}");
        let problem = run.problem.clone().unwrap().to_string();
        assert!(problem.contains("does not end"), "{problem}");
    }
}

/// A part of a few kilobytes in which two thousand rows have one long name.
fn bomb() -> Bytes {
    let schema = "message coldkeep_manifest_v1 { REQUIRED BYTE_ARRAY name (STRING); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(parquet::basic::Compression::ZSTD(
            parquet::basic::ZstdLevel::default(),
        ))
        .build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    let mut group = file.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let name = ByteArray::from(vec![b'x'; 900 << 10]);
    column
        .typed::<ByteArrayType>()
        .write_batch(&vec![name; 2000], None, None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let content = file.into_inner().unwrap();
    assert!(content.len() < 20_000, "{} bytes", content.len());
    content.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_part_spoils_its_point_and_no_other() {
    let scene = Scene::new(By::ServiceAccount, false).await;
    scene.source().fill(generated("", 3, 10));
    scene.settle();
    scene.add_job(OnChange::Fail).await;
    assert_eq!(scene.run().await.state, RunState::Done);
    scene.source().put("more", "content", &Seed::default());
    scene.settle();
    assert_eq!(scene.run().await.state, RunState::Done);
    // A writer whose key is trusted here makes a record that names a part that is a bomb.
    let bomb = bomb();
    let hash = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(&bomb));
    let name = format!("commits/{:020}.json", 2);
    let mut record = document(&scene.target(), &name);
    record["parts"][0]["name"] = format!("m/{hash}.parquet").into();
    record["parts"][0]["sha256"] = hash.clone().into();
    record["parts"][0]["size_bytes"] = bomb.len().into();
    record["parts"][0]["item_count"] = 2000.into();
    scene
        .target()
        .put(&format!("m/{hash}.parquet"), bomb, &Seed::default());
    let (writer, _) = coldkeep_keys::WriterKey::generate().unwrap();
    attach(&scene.engine, &[writer.public()]).await.unwrap();
    scene
        .target()
        .put(&name, authentic::record(&writer, &record), &Seed::default());
    let points = scene.engine.data(here()).list_points(None).await.unwrap().points;
    let ids: Vec<_> = points.iter().map(|p| p.id).collect();
    assert_eq!(ids.len(), 2);
    let problem = scene
        .engine
        .data(here())
        .list_files(ids[1], None, 100)
        .await
        .unwrap_err();
    assert_eq!(problem.kind, Kind::Corrupt, "{problem}");
    assert!(problem.to_string().contains(&hash), "{problem}");
    assert_eq!(scene.entries(ids[0]).await.len(), 3, "the other is as it was");
}
