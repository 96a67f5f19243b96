import * as api from "./api";
import { embed } from "./chat";
import { h } from "./dom";
import "./style.css";
import { type Department, en, zh } from "./texts";

const SIGNED_IN = "demo:signed-in";
const wanted = new URLSearchParams(location.search).get("lang") ?? navigator.language;
const texts = /^zh\b/i.test(wanted) ? zh : en;

const account = h("select", { id: "account" }, h("option", { value: "" }, texts.nobody));
const orderBox = h("div", { class: "orders", hidden: true });

function header(): HTMLElement {
  const other = texts === zh ? "en" : "zh-CN";
  return h(
    "header",
    { class: "top" },
    h(
      "a",
      { class: "brand", href: "/demo/" },
      h("img", { src: "/demo/art/leaf.svg", alt: "", width: 28, height: 28 }),
      h("span", {}, texts.brand),
      h("small", {}, texts.brandSmall),
    ),
    h(
      "div",
      { class: "tools" },
      h("label", { htmlFor: "account" }, texts.signedInAs),
      account,
      h("a", { href: `?lang=${other}`, lang: other, hreflang: other }, texts.otherLanguage),
    ),
  );
}

function hero(): HTMLElement {
  const help = h("button", { type: "button", class: "help" }, texts.help);
  help.onclick = () => window.AftercareChat?.open();
  return h(
    "section",
    { class: "hero" },
    h("div", {}, h("h1", {}, texts.headline), h("p", {}, texts.intro), help),
    h("img", { src: "/demo/art/still-life.svg", alt: "", width: 560, height: 420 }),
  );
}

function department({ id, name, line, products }: Department): HTMLElement {
  const cards = products.map((product) =>
    h(
      "li",
      {},
      h("img", { src: `/demo/art/${product.art}.svg`, alt: "", width: 240, height: 200 }),
      h("h3", {}, product.name),
      h("p", {}, product.line),
      h("b", {}, product.price),
    ),
  );
  return h(
    "section",
    { class: "department", id },
    h("div", { class: "heading" }, h("h2", {}, name), h("p", {}, line)),
    h("ul", {}, ...cards),
  );
}

async function showOrders(customerId: string): Promise<void> {
  orderBox.hidden = customerId === "";
  if (!customerId) return;
  const list = h("ul");
  orderBox.replaceChildren(h("h2", {}, texts.ordersTitle), h("p", {}, texts.ordersLine), list);
  const day = new Intl.DateTimeFormat(texts.locale, { dateStyle: "medium" });
  try {
    const found = await api.orders(customerId, texts.locale);
    list.replaceChildren(
      ...found.map((order) =>
        h(
          "li",
          {},
          h("span", { class: "number" }, order.number),
          h("span", { class: "title" }, order.title),
          h("time", { dateTime: order.placed_at }, day.format(new Date(order.placed_at))),
          h("span", { class: "status" }, order.status_text),
          h("b", {}, order.total_text),
        ),
      ),
    );
    if (found.length === 0) list.replaceWith(h("p", {}, texts.ordersNone));
  } catch {
    list.replaceWith(h("p", { role: "alert" }, texts.ordersFailed));
  }
}

async function enter(customerId: string): Promise<void> {
  account.value = customerId;
  localStorage.setItem(SIGNED_IN, customerId);
  const identity = customerId ? await api.signIn(customerId) : null;
  embed(texts.locale, identity);
  await showOrders(customerId);
}

document.documentElement.lang = texts.locale;
document.title = `${texts.brand} · ${texts.brandSmall}`;
document.body.append(
  header(),
  h("main", {}, hero(), orderBox, ...texts.departments.map(department)),
  h("footer", {}, texts.footer),
);
account.onchange = () => void enter(account.value);
// The shop signs anew when a signature has grown too old, but does not insist.
let signedAnew = 0;
addEventListener("aftercare:identity-rejected", () => {
  if (Date.now() - signedAnew < 60_000) return;
  signedAnew = Date.now();
  void enter(account.value);
});

const people = await api.customers(texts.locale);
account.append(
  ...people.map(({ customer_id, name, note }) =>
    h("option", { value: customer_id }, note ? `${name} · ${note}` : name),
  ),
);
const before = localStorage.getItem(SIGNED_IN) ?? "";
await enter(people.some((person) => person.customer_id === before) ? before : "");
