/** What the demo shop's own server answers; a real shop has its own accounts and orders. */

export interface Customer {
  customer_id: string;
  name: string;
  locale: string;
  note: string;
}

export interface SignedIdentity {
  customer_id: string;
  issued_at: number;
  signature: string;
  channel: string;
}

export interface Order {
  number: string;
  placed_at: string;
  title: string;
  total_text: string;
  status_text: string;
}

async function read<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const customers = (locale: string): Promise<Customer[]> =>
  read(`/demo/customers?locale=${encodeURIComponent(locale)}`);

export const orders = (customerId: string, locale: string): Promise<Order[]> =>
  read(`/demo/orders?${new URLSearchParams({ customer_id: customerId, locale })}`);

/** The shop's server signs; the browser never sees the secret. */
export const signIn = (customerId: string): Promise<SignedIdentity> =>
  read("/demo/identity", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ customer_id: customerId }),
  });
