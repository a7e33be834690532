// Microsoft's libraries for JavaScript, @azure/identity and @azure/storage-blob, by Microsoft's own names: each case with a
// container of its own, by key and by token.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

// Its packages are installed beside the tests' other tools, so that they are not found from here.
const require = createRequire(process.env.JS_PACKAGES);
const { ClientCertificateCredential, ClientSecretCredential } = require("@azure/identity");
const {
  BlobSASPermissions,
  BlobServiceClient,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} = require("@azure/storage-blob");

const world = JSON.parse(process.env.SIM);
const { tenant_id: tenant, app_id: app, secret } = world.ready_app;
const account = world.accounts.find((one) => one.name === "northsource");
const url = "https://northsource.blob.core.windows.net";
const key = new StorageSharedKeyCredential("northsource", account.key);
const credentials = {
  key,
  secret: new ClientSecretCredential(tenant, app, secret),
  certificate: new ClientCertificateCredential(tenant, app, { certificate: readFileSync("certificate.pem", "utf8") }),
};
let made = 0;

async function container(credential) {
  const service = new BlobServiceClient(url, credential, { retryOptions: { maxTries: 1 } });
  const found = service.getContainerClient(`js-${(made += 1)}`);
  await found.create();
  return { service, found };
}

async function names(found, options) {
  const all = [];
  for await (const blob of found.listBlobsFlat(options)) all.push(blob.name);
  return all;
}

for (const [name, credential] of Object.entries(credentials)) {
  test(`the life of a blob, by ${name}`, async () => {
    const { found } = await container(credential);
    const blob = found.getBlockBlobClient("dir/ä b.txt");
    await blob.upload("hello", 5, { metadata: { Owner: "north" }, tags: { class: "mail" } });
    assert.equal((await blob.downloadToBuffer()).toString(), "hello");
    assert.deepEqual((await blob.getTags()).tags, { class: "mail" });
    assert.deepEqual(await names(found, { prefix: "dir/" }), ["dir/ä b.txt"]);
    for await (const one of found.listBlobsFlat({ includeMetadata: true })) {
      assert.deepEqual(one.metadata, { Owner: "north" });
    }
    await blob.setAccessTier("Cool");
    assert.equal((await blob.getProperties()).accessTier, "Cool");
    const large = found.getBlockBlobClient("large");
    await large.uploadData(Buffer.alloc(9 << 20, 7), { blockSize: 4 << 20, maxSingleShotSize: 1 << 20 });
    assert.equal((await large.getProperties()).contentLength, 9 << 20);
    await assert.rejects(found.getBlobClient("none").download(), { statusCode: 404, code: "BlobNotFound" });
    // A HEAD's refusal has no document, and the library no code but the header's.
    await assert.rejects(found.getBlobClient("none").getProperties(), (error) => {
      return error.statusCode === 404 && error.details.errorCode === "BlobNotFound";
    });
  });

  test(`many in one request, by ${name}`, async () => {
    const { service, found } = await container(credential);
    const blobs = ["a", "b c", "d/ü"].map((one) => found.getBlockBlobClient(one));
    for (const blob of blobs) await blob.upload("x", 1);
    const batch = service.getBlobBatchClient();
    const retiered = await batch.setBlobsAccessTier(blobs, "Cool");
    assert.equal(retiered.subResponsesSucceededCount, 3);
    const deleted = await batch.deleteBlobs(blobs);
    assert.equal(deleted.subResponsesSucceededCount, 3);
    assert.deepEqual(await names(found), []);
  });
}

for (const version of ["2018-03-28", "2019-12-12", "2022-11-02", undefined]) {
  test(`a signature of version ${version ?? "now"} opens one blob and copies it`, async () => {
    const { found } = await container(key);
    const blob = found.getBlockBlobClient("signed");
    await blob.upload("hello", 5);
    const sas = generateBlobSASQueryParameters(
      {
        containerName: found.containerName,
        blobName: "signed",
        permissions: BlobSASPermissions.parse("r"),
        expiresOn: new Date(Date.now() + 3600e3),
        version,
      },
      key,
    );
    const copy = found.getBlockBlobClient("copy");
    await copy.syncUploadFromURL(`${blob.url}?${sas}`);
    assert.equal((await copy.downloadToBuffer()).toString(), "hello");
  });
}

test("leases, snapshots and conditions", async () => {
  const { found } = await container(key);
  const blob = found.getBlockBlobClient("leased");
  await blob.upload("one", 3);
  const lease = blob.getBlobLeaseClient();
  await lease.acquireLease(15);
  await assert.rejects(blob.upload("two", 3), { statusCode: 412, code: "LeaseIdMissing" });
  const { snapshot } = await blob.createSnapshot();
  await blob.upload("two", 3, { conditions: { leaseId: lease.leaseId } });
  assert.equal((await blob.withSnapshot(snapshot).downloadToBuffer()).toString(), "one");
  await lease.releaseLease();
  await assert.rejects(blob.upload("x", 1, { conditions: { ifNoneMatch: "*" } }), { code: "BlobAlreadyExists" });
});
