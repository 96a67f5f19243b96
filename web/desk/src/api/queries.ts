import { infiniteQueryOptions, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import * as api from "./client";

const QUEUE_EVERY_MS = 4_000;
const DETAIL_EVERY_MS = 10_000;
const PAGES_KEPT_FRESH = 3;

export const account = queryOptions({
  queryKey: ["account"],
  queryFn: async () => {
    try {
      return (await api.me()).account;
    } catch (error) {
      if (error instanceof api.ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export const refunds = (status: string) =>
  infiniteQueryOptions({
    queryKey: ["refunds", "list", status],
    queryFn: ({ pageParam }) => api.listRefunds(status, pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: QUEUE_EVERY_MS,
  });

export const refund = (id: string) =>
  queryOptions({
    queryKey: ["refunds", "one", id],
    queryFn: () => api.getRefund(id),
    refetchInterval: DETAIL_EVERY_MS,
  });

/** Reads a list again and again while it is short: a long one would ask for all its pages. */
export const whileShort =
  (every: number) =>
  (query: { state: { data?: { pages: unknown[] } | undefined } }): number | false =>
    (query.state.data?.pages.length ?? 0) <= PAGES_KEPT_FRESH && every;

export const tickets = (search: { status?: string; q?: string }) =>
  infiniteQueryOptions({
    queryKey: ["tickets", "list", search],
    queryFn: ({ pageParam }) => api.listTickets(search, pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: whileShort(DETAIL_EVERY_MS),
  });

export const ticket = (number: string) =>
  queryOptions({
    queryKey: ["tickets", "one", number],
    queryFn: () => api.getTicket(number),
    refetchInterval: QUEUE_EVERY_MS,
  });

/** Waiting helps when nobody answered; a refusal will be the same the next time. */
const worthRetrying = (failures: number, error: Error): boolean =>
  error instanceof api.Unreachable && failures < 2;

export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        // Whatever was asked for: a 401 means the session has ended.
        if (error instanceof api.ApiError && error.status === 401) {
          client.setQueryData(account.queryKey, null);
        }
      },
    }),
    defaultOptions: { queries: { retry: worthRetrying, networkMode: "always" } },
  });
  return client;
}

/** How many refunds wait: the number in the navigation. */
export const waitingCount = queryOptions({
  queryKey: ["refunds", "waiting"],
  queryFn: async () => (await api.listRefunds("awaiting_approval", undefined, 1)).total,
  refetchInterval: QUEUE_EVERY_MS * 3,
});
