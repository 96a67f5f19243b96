// One JSON request a line in, one JSON answer a line out: Tencent's own crypto as a peer.
import { createInterface } from "node:readline";
import crypto from "@wecom/crypto";

const { decrypt, encrypt, getSignature } = crypto;

const actions = {
  seal({ token, key, receiver, timestamp, nonce, message }) {
    const encrypted = encrypt(key, message, receiver);
    return { encrypted, signature: getSignature(token, timestamp, nonce, encrypted) };
  },
  open({ token, key, timestamp, nonce, encrypted }) {
    const { message, id } = decrypt(key, encrypted);
    return { message, id, signature: getSignature(token, timestamp, nonce, encrypted) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...request } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(actions[action](request))}\n`);
}
