// An OpenID provider that judges client assertions: node provider.mjs HOME PORT TENANT CLIENT CERTIFICATE.pem LOG
// HOME holds the npm package `oidc-provider`. Every assertion that is shown to it goes into LOG, a line each.
import { createHash, X509Certificate } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [home, port, tenant, client, pem, log] = process.argv.slice(2);
const { default: Provider, errors } = await import(pathToFileURL(`${home}/node_modules/oidc-provider/lib/index.js`));
const certificate = new X509Certificate(readFileSync(pem));
const thumbprint = createHash("sha256").update(certificate.raw).digest("base64url");
const scopes = ["https://storage.azure.com/.default"];

const provider = new Provider(`http://127.0.0.1:${port}/${tenant}/v2.0`, {
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  routes: { token: "/oauth2/v2.0/token" },
  clientAuthMethods: ["private_key_jwt"],
  enabledJWA: { clientAuthSigningAlgValues: ["PS256"] },
  scopes,
  async assertJwtClientAuthClaimsAndHeader(ctx, claims, header) {
    if (header["x5t#S256"] !== thumbprint) throw new errors.InvalidClientAuth("x5t#S256 is not the certificate's");
  },
  clients: [
    {
      client_id: client,
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
      scope: scopes.join(" "),
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "PS256",
      jwks: { keys: [{ ...certificate.publicKey.export({ format: "jwk" }), use: "sig", alg: "PS256" }] },
    },
  ],
});
provider.use(async (ctx, next) => {
  await next();
  const assertion = ctx.oidc?.params?.client_assertion;
  if (assertion) appendFileSync(log, `${ctx.status} ${assertion}\n`);
});

// Entra has its discovery document and its endpoints in different folders.
createServer((request, response) => {
  request.url = request.url.replace("/v2.0/.well-known/", "/.well-known/");
  request.originalUrl = request.url;
  request.url = request.url.replace(`/${tenant}`, "");
  provider.callback()(request, response);
}).listen(Number(port), "127.0.0.1");
