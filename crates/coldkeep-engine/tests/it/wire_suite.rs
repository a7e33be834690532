//! Every operation of the Blob client, once each, over real sockets, with names that break tools. It runs against
//! whatever serves two containers: the simulator always, Azurite where one is given.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use coldkeep_azure::blob::{Container, CopySource, CountsAs, Include, ListPage, Read, Write};
use coldkeep_core::{
    ByteRange, SecretString,
    blob::{ContentHeaders, ListedBlob},
    repository::Tier,
};
use futures::StreamExt;

const FIRST_BYTE: ByteRange = ByteRange {
    offset: 0,
    length_bytes: 1,
};

/// Two containers and what the service between them can do.
pub struct Ground {
    pub source: Container,
    pub target: Container,
    /// What lets the target read the source.
    pub sas: Option<SecretString>,
    pub bearer: Option<SecretString>,
    /// Put Blob From URL is there.
    pub put_from_url: bool,
    /// Which names the service is known to take.
    pub takes: fn(&str) -> bool,
}

/// Names as people and tools really make them.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain.txt",
        "a",
        "a/b",
        "A",
        "with space",
        " leading and trailing ",
        "100%",
        "%2F%2e%2E",
        "a+b",
        "a&b=c;d",
        "q?x=y",
        "hash#tag",
        "colon:at@dollar$",
        "quotes'\"`",
        "brackets[]{}()<>|^",
        "comma,semi;bang!star*",
        "back\\slash",
        "C:\\Windows\\x",
        "NFC-\u{e9}",
        "NFD-e\u{301}",
        "\u{540d}\u{524d}/\u{1F600}",
        "/leading",
        "trailing/",
        "double//slash",
        "..",
        "../../etc/passwd",
        "x/./y",
        "x/../y",
        "x/..",
        "dots...",
        ".hidden",
        "tab\tand\u{1}control",
        "\u{7f}",
        "CON",
        "&amp;",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("n".repeat(1024));
    names.push("\u{4e2d}".repeat(1024));
    names
}

fn headers(index: usize) -> ContentHeaders {
    ContentHeaders {
        content_type: Some("text/x-test; charset=utf-8".into()),
        content_encoding: Some("identity".into()),
        content_language: Some("de-CH".into()),
        content_disposition: Some(format!("attachment; filename=\"{index}\"")),
        cache_control: Some("max-age=7".into()),
        content_md5: None,
    }
}

fn pairs(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

impl Ground {
    fn copy_source(&self, name: &str, etag: &str) -> CopySource {
        CopySource {
            url: self.source.blob_url(name, None),
            sas: self.sas.clone(),
            bearer: self.bearer.clone(),
            if_match: Some(etag.to_owned()),
            ..CopySource::default()
        }
    }

    /// Runs everything.
    pub async fn run(&self) {
        self.containers().await;
        let listed = self.upload_and_list().await;
        for (index, blob) in listed.iter().enumerate() {
            self.read_back(blob, index).await;
            self.copy(blob).await;
        }
        self.blocks().await;
        self.refusals().await;
        self.tiers_and_tags().await;
    }

    async fn containers(&self) {
        for container in [&self.source, &self.target] {
            assert!(container.create_container().await.unwrap());
            assert!(!container.create_container().await.unwrap());
            let facts = container.fetch_facts().await.unwrap();
            assert!(!facts.etag.is_empty() && facts.last_modified.is_some());
        }
    }

    async fn upload_and_list(&self) -> Vec<ListedBlob> {
        let names: Vec<String> = names().into_iter().filter(|name| (self.takes)(name)).collect();
        let mut etags = BTreeMap::new();
        for (index, name) in names.iter().enumerate() {
            let how = Write {
                headers: headers(index),
                metadata: pairs(&[("key_1", "v a l & <1>"), ("key1", "x"), ("k", &index.to_string())]),
                tags: pairs(&[("a b", "1/2+3=4:5"), ("i", &index.to_string())]),
                ..Write::default()
            };
            let content = Bytes::from(name.clone());
            let written = self.source.create_blob(name, content, &how).await;
            let written = written.unwrap_or_else(|e| panic!("{name:?} cannot be created: {e}"));
            etags.insert(name.clone(), written.etag);
        }
        let include = Include {
            metadata: true,
            tags: true,
            versions: false,
        };
        let listed = list(&self.source, include).await;
        let found: BTreeSet<_> = listed.iter().map(|blob| blob.name.clone()).collect();
        let wanted: BTreeSet<_> = names.iter().cloned().collect();
        assert_eq!(found, wanted);
        for blob in &listed {
            assert_eq!(blob.etag, etags[&blob.name], "{:?}", blob.name);
            assert_eq!(blob.size_bytes, blob.name.len() as u64);
            assert_eq!(blob.metadata["key_1"], "v a l & <1>");
            assert_eq!(blob.tags["a b"], "1/2+3=4:5");
            assert!(blob.current && blob.created.is_some());
        }
        listed
    }

    async fn read_back(&self, blob: &ListedBlob, index: usize) {
        let name = &blob.name;
        let head = self
            .source
            .fetch_head(name, None)
            .await
            .unwrap()
            .unwrap_or_else(|| panic!("{name:?} is gone"));
        assert_eq!(head.blob.etag, blob.etag, "{name:?}");
        assert_eq!(head.blob.headers, blob.headers, "{name:?}");
        assert_eq!(head.blob.metadata, blob.metadata, "{name:?}");
        assert_eq!(
            (head.blob.created, head.blob.last_modified),
            (blob.created, blob.last_modified)
        );
        assert_eq!(
            head.blob.headers.content_language,
            headers(index).content_language
        );
        assert_eq!(
            self.source.fetch_tags(name, None).await.unwrap(),
            blob.tags,
            "{name:?}"
        );
        assert_eq!(
            read(&self.source, name, Read::default()).await,
            name.as_bytes(),
            "{name:?}"
        );
    }

    async fn copy(&self, blob: &ListedBlob) {
        let source = self.copy_source(&blob.name, &blob.etag);
        // A source's URL with its SAS may be 2 KiB long, and Azurite fetches `x/../y` as `y`: such blobs are read and
        // written through this host. A name of full length leaves no room for the folder it is copied to.
        let dots = blob
            .name
            .split('/')
            .any(|segment| segment == "." || segment == "..");
        if source.url.len() > 1000 || (dots && !self.put_from_url) {
            return;
        }
        let how = Write {
            headers: blob.headers.clone(),
            metadata: blob.metadata.clone(),
            tags: blob.tags.clone(),
            ..Write::default()
        };
        let id = "MDAwMQ==".to_owned();
        let blocks = format!("blocks/{}", blob.name);
        let size = blob.size_bytes;
        if size > 0 {
            self.target
                .stage_block_from_url(
                    &blocks,
                    &id,
                    &source,
                    ByteRange {
                        offset: 0,
                        length_bytes: size,
                    },
                )
                .await
                .unwrap_or_else(|e| panic!("{:?}: {e}", blob.name));
            self.target.commit_blocks(&blocks, &[id], &how).await.unwrap();
            self.same(blob, &blocks).await;
        }
        let sync = format!("sync/{}", blob.name);
        if self.bearer.is_none() || self.put_from_url {
            self.target
                .copy_blob_from_url(&sync, &source, &how)
                .await
                .unwrap_or_else(|e| panic!("{:?}: {e}", blob.name));
            self.same(blob, &sync).await;
        }
        if self.put_from_url {
            let put = format!("put/{}", blob.name);
            let how = Write {
                copy_source_properties: true,
                tags: blob.tags.clone(),
                ..Write::default()
            };
            self.target
                .create_blob_from_url(&put, &source, &how)
                .await
                .unwrap_or_else(|e| panic!("{:?}: {e}", blob.name));
            self.same(blob, &put).await;
        }
    }

    /// The target's blob has the source's content, headers, metadata and tags.
    async fn same(&self, blob: &ListedBlob, name: &str) {
        let head = self.target.fetch_head(name, None).await.unwrap().unwrap();
        let without_md5 = |headers: &ContentHeaders| ContentHeaders {
            content_md5: None,
            ..headers.clone()
        };
        assert_eq!(
            without_md5(&head.blob.headers),
            without_md5(&blob.headers),
            "{name:?}"
        );
        assert_eq!(head.blob.metadata, blob.metadata, "{name:?}");
        assert_eq!(
            self.target.fetch_tags(name, None).await.unwrap(),
            blob.tags,
            "{name:?}"
        );
        assert_eq!(
            read(&self.target, name, Read::default()).await,
            blob.name.as_bytes(),
            "{name:?}"
        );
    }

    async fn blocks(&self) {
        let name = "big one";
        assert_eq!(self.target.fetch_staged_blocks(name).await.unwrap(), []);
        let ids: Vec<String> = ["QUFB", "QkJC", "Q0ND"].map(str::to_owned).to_vec();
        for (id, size) in ids.iter().zip([70_000_usize, 5, 100]) {
            let content = Bytes::from(vec![id.as_bytes()[1]; size]);
            self.target
                .stage_block(name, id, content, CountsAs::Data)
                .await
                .unwrap();
        }
        let staged = self.target.fetch_staged_blocks(name).await.unwrap();
        assert_eq!(staged.iter().map(|block| block.size_bytes).sum::<u64>(), 70_105);
        assert!(
            self.target.fetch_head(name, None).await.unwrap().is_none(),
            "staged is not there yet"
        );
        self.target
            .commit_blocks(name, &ids, &Write::default())
            .await
            .unwrap();
        let range = Read {
            range: Some(ByteRange {
                offset: 69_999,
                length_bytes: 4,
            }),
            ..Read::default()
        };
        assert_eq!(read(&self.target, name, range).await, b"Ukkk");
        let again = self
            .target
            .commit_blocks(name, &ids, &Write::default())
            .await
            .unwrap_err();
        assert_eq!(again.code(), Some("BlobAlreadyExists"));
        let over = Write {
            overwrite: true,
            ..Write::default()
        };
        self.target
            .commit_blocks(name, &ids, &over)
            .await
            .expect("the blocks are found where they are committed");
        let unknown = self
            .target
            .commit_blocks("other", &["WlpZ".to_owned()], &Write::default())
            .await
            .unwrap_err();
        assert_eq!(unknown.code(), Some("InvalidBlockList"));
    }

    async fn refusals(&self) {
        let target = &self.target;
        let existing = target
            .create_blob("big one", Bytes::new(), &Write::default())
            .await
            .unwrap_err();
        assert_eq!(
            (existing.system().status, existing.code()),
            (Some(409), Some("BlobAlreadyExists"))
        );
        assert!(existing.system().request_id.is_some());
        let missing = target.fetch_blob("missing", Read::default()).await.unwrap_err();
        assert_eq!(
            (missing.system().status, missing.code()),
            (Some(404), Some("BlobNotFound"))
        );
        let changed = self.copy_source("plain.txt", "0x8D0000000000000");
        let changed = target
            .stage_block_from_url("new", "QUFB", &changed, FIRST_BYTE)
            .await
            .unwrap_err();
        assert_eq!(
            (changed.system().status, changed.code()),
            (Some(412), Some("SourceConditionNotMet"))
        );
        let gone = CopySource {
            if_match: None,
            ..self.copy_source("never was", "")
        };
        let gone = target
            .stage_block_from_url("new", "QUFB", &gone, FIRST_BYTE)
            .await
            .unwrap_err();
        assert_eq!(
            (gone.system().status, gone.code()),
            (Some(404), Some("CannotVerifyCopySource"))
        );
        let stale = Read {
            if_match: Some("0x8D0000000000000".into()),
            ..Read::default()
        };
        let stale = target.fetch_blob("big one", stale).await.unwrap_err();
        assert_eq!(
            (stale.system().status, stale.code()),
            (Some(412), Some("ConditionNotMet"))
        );
        assert!(target.delete_blob("big one", None).await.unwrap());
        assert!(!target.delete_blob("big one", None).await.unwrap());
        let empty = target
            .create_blob("empty", Bytes::new(), &Write::default())
            .await
            .unwrap();
        assert!(!empty.etag.is_empty());
        assert_eq!(read(target, "empty", Read::default()).await, b"");
    }

    async fn tiers_and_tags(&self) {
        let how = Write {
            tier: Some(Tier::Archive),
            tags: pairs(&[("a", "1")]),
            ..Write::default()
        };
        self.target
            .create_blob("cold", Bytes::from_static(b"brr"), &how)
            .await
            .unwrap();
        let head = self.target.fetch_head("cold", None).await.unwrap().unwrap();
        assert_eq!(head.blob.tier, Some(Tier::Archive));
        let archived = self.target.fetch_blob("cold", Read::default()).await.unwrap_err();
        assert_eq!(
            (archived.system().status, archived.code()),
            (Some(409), Some("BlobArchived"))
        );
        let tags = pairs(&[("b c", "x:y/z=1"), ("d", "2")]);
        self.target.set_tags("cold", None, &tags).await.unwrap();
        assert_eq!(self.target.fetch_tags("cold", None).await.unwrap(), tags);
    }
}

/// The whole list, in pages of seven; its order is the order of the names' bytes.
pub async fn list(container: &Container, include: Include) -> Vec<ListedBlob> {
    let mut listed: Vec<ListedBlob> = Vec::new();
    let mut marker = None;
    for _ in 0..1000 {
        let page: ListPage = container
            .fetch_list_page("", marker.as_deref(), include, Some(7))
            .await
            .unwrap();
        assert!(page.blobs.len() <= 7);
        listed.extend(page.blobs);
        marker = page.next_marker;
        if marker.is_none() {
            return listed;
        }
    }
    panic!("a list without an end");
}

/// A blob's whole content.
pub async fn read(container: &Container, name: &str, read: Read) -> Vec<u8> {
    let body = container
        .fetch_blob(name, read)
        .await
        .unwrap_or_else(|e| panic!("{name:?}: {e}"));
    let pieces: Vec<_> = body.stream.collect().await;
    pieces
        .into_iter()
        .flat_map(|piece| piece.expect("a whole body"))
        .collect()
}
