import { queryOptions } from "@tanstack/react-query";
import * as api from "../api/client";

const NEWS_EVERY_MS = 5_000;

export const channels = queryOptions({
  queryKey: ["system", "channels"],
  queryFn: async () => (await api.listChannels()).items,
  refetchInterval: NEWS_EVERY_MS,
});

export const system = queryOptions({
  queryKey: ["system", "overview"],
  queryFn: api.getSystem,
  refetchInterval: NEWS_EVERY_MS,
});

export const deadLetters = queryOptions({
  queryKey: ["system", "dead-letters"],
  queryFn: async () => (await api.listDeadLetters()).items,
  refetchInterval: NEWS_EVERY_MS,
});
