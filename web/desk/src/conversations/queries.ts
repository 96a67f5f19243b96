import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import * as api from "../api/client";
import { whileShort } from "../api/queries";

const EVERY_MS = 10_000;

export const conversations = (search: { status?: string; q?: string }) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "list", search],
    queryFn: ({ pageParam }) => api.listConversations(search, pageParam || undefined),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: whileShort(EVERY_MS),
  });

/** Messages from the latest back: each page is what was said just before the one before it. */
export const conversation = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["conversations", "one", id],
    queryFn: ({ pageParam }) => api.getConversation(id, pageParam || undefined),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.earlier ? page.messages[0]?.seq : null),
    refetchInterval: whileShort(EVERY_MS),
  });

const LOOK_EVERY_MS = 10_000;
const COMPANY_EVERY_MS = 3_000;

/** Says again and again that this person looks at the conversation, while the page is shown. */
export const looking = (id: string) =>
  queryOptions({
    queryKey: ["presence", "looking", id],
    queryFn: async () => {
      await api.lookAt(id);
      return true;
    },
    refetchInterval: LOOK_EVERY_MS,
    retry: false,
  });

/** Who else is there. It fails quietly: the page that shows it tells when the server is away. */
export const company = (id: string) =>
  queryOptions({
    queryKey: ["presence", "company", id],
    queryFn: async () => (await api.getPresence(id)).conversations[0] ?? null,
    refetchInterval: COMPANY_EVERY_MS,
    retry: false,
  });

/** Whether the customer can be written to; asked only while something was not sent. */
export const replyWindow = (id: string, unsent: boolean) =>
  queryOptions({
    queryKey: ["conversations", "window", id],
    queryFn: () => api.getReplyWindow(id),
    enabled: unsent,
    refetchInterval: EVERY_MS,
  });
