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

/** Whether the customer can be written to; asked only while something was not sent. */
export const replyWindow = (id: string, unsent: boolean) =>
  queryOptions({
    queryKey: ["conversations", "window", id],
    queryFn: () => api.getReplyWindow(id),
    enabled: unsent,
    refetchInterval: EVERY_MS,
  });
