// SPDX-License-Identifier: MIT OR Apache-2.0
// A certified OpenID provider (npm oidc-provider) for the tests: `node provider.js '{…}'` with port, pages, key, cert,
// in_token. It says "ready" when it listens and ends with its standard input. Its own login page takes any password.
// What a broken or hostile provider would do is asked for at /test/next: the next token is signed by the true key all
// the same, unless the signature itself is what is wrong.
import { createHmac, generateKeyPairSync } from "node:crypto";
import { createServer } from "node:https";
import { SignJWT, decodeJwt, importJWK } from "jose";
import Provider from "oidc-provider";

// Whoever started it reads one line.
console.info = console.error;
const { port, pages, key, cert, in_token } = JSON.parse(process.argv[2]);
const secret = "a secret of the tests that is long enough";
const jwk = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), alg, use: "sig",
  kid: `${alg}-${Date.now()}`,
});
const keys = [jwk("rsa", { modulusLength: 2048 }, "RS256"), jwk("ec", { namedCurve: "P-256" }, "ES256")];
const people = {
  lan: { name: "Trần Thị Lan", groups: ["nhan-vien", "motcua-tinh"] },
  hung: { name: "Lê Văn Hùng", groups: ["motcua-quan-ly"], halls: ["ngo-quyen"] },
  mai: { name: "Phạm Thị Mai", groups: ["motcua-kiem-tra"] },
  tu: { name: "Vũ Anh Tú", groups: ["motcua-ky-thuat"] },
  khach: { name: "Người Khách", groups: ["nhan-vien"] },
  binh: { name: "Đỗ Bình", groups: ["motcua-quan-ly"] },
};
const client = (client_id, alg) => ({
  client_id, client_secret: secret, redirect_uris: [`${pages}/signin/oidc/back`], response_types: ["code"],
  grant_types: ["authorization_code"], id_token_signed_response_alg: alg,
});
const provider = new Provider(`https://localhost:${port}`, {
  clients: [client("motcua", "RS256"), client("motcua-es", "ES256")],
  jwks: { keys },
  cookies: { keys: ["only for the tests"] },
  claims: { openid: ["sub"], profile: ["name", "preferred_username"], motcua: ["groups", "halls"] },
  conformIdTokenClaims: !in_token,
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, ...people[id] }),
  }),
});
let next, last;
const part = (text) => Buffer.from(JSON.stringify(text)).toString("base64url");
const hmac = (said) => {
  const body = `${part({ alg: "HS256" })}.${part(said)}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
};
const sign = async (said) =>
  new SignJWT(said).setProtectedHeader({ alg: "RS256", kid: keys[0].kid }).sign(await importJWK(keys[0], "RS256"));
const broken = {
  signature: async (_, t) => t.replace(/[^.]{8}$/, "AAAAAAAA"),
  payload: async (said, t) => [t.split(".")[0], part({ ...said, sub: "lan" }), t.split(".")[2]].join("."),
  none: async (said) => `${part({ alg: "none" })}.${part(said)}.`,
  hmac: async (said) => hmac(said),
  nonce: (said) => sign({ ...said, nonce: "another" }),
  no_nonce: ({ nonce, ...said }) => sign(said),
  audience: (said) => sign({ ...said, aud: "somebody-else" }),
  issuer: (said) => sign({ ...said, iss: "https://elsewhere.example" }),
  expired: (said) => sign({ ...said, iat: said.iat - 7200, exp: said.iat - 3600 }),
  access: (said) => sign({ ...said, at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }),
  missing: async () => undefined,
};
provider.use(async (ctx, then) => {
  if (ctx.path === "/test/next") { next = ctx.query.fault; ctx.body = "ok"; return; }
  if (ctx.path === "/test/last") { ctx.body = last ?? ""; return; }
  await then();
  const to = ctx.response.get("location") ?? "";
  if (to.startsWith(`${pages}/signin/oidc/back`)) last = to;
  if (broken[next] && ctx.path === "/token" && ctx.body?.id_token) {
    const token = ctx.body.id_token;
    ctx.body = { ...ctx.body, id_token: await broken[next](decodeJwt(token), token) };
    next = undefined;
  }
  if (next === "other_person" && ctx.path === "/me") { ctx.body = { ...ctx.body, sub: "lan" }; next = undefined; }
});
process.stdin.on("end", () => process.exit()).resume();
createServer({ key, cert }, provider.callback()).listen(port, "127.0.0.1", () => console.log("ready"));
