import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import type { Message, ReplyWindow } from "../api/types";
import { replyWindow } from "./queries";

const HELD = ["window_closed", "window_full", "session_not_ours"] as const;
const FAILED = ["blocked", "session_ended", "window_closed", "window_full"] as const;

/** What is known of messages that were not sent; nothing is asked while all went out. */
export function useReplyWindow(conversationId: string, messages: Message[]) {
  const unsent = messages.some(({ delivery }) => delivery === "held" || delivery === "failed");
  const { data } = useQuery(replyWindow(conversationId, unsent));
  return unsent ? data : undefined;
}

/** Under a message that was not sent: why. */
export function WhyUnsent({
  message,
  window,
}: {
  message: Message;
  window: ReplyWindow | undefined;
}) {
  const { t } = useTranslation();
  if (message.delivery !== "held" && message.delivery !== "failed") return null;
  const detail = window?.reasons[message.id] ?? "";
  const state = message.delivery;
  const reason = state === "held" ? heldWord(t, detail, window) : failedWord(t, detail);
  return (
    <p className={`unsent tag-${state === "held" ? "wait" : "bad"}`} role="note">
      {t(`unsent.${state}`, { reason })}
    </p>
  );
}

/** Offers to send what waits, once it can go. */
export function SendHeld({
  conversationId,
  window,
}: {
  conversationId: string;
  window: ReplyWindow | undefined;
}) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: () => api.sendHeld(conversationId),
    onSuccess: () => message.success(t("unsent.sending")),
    onError: (error) => message.error(error.message),
    onSettled: () =>
      Promise.all(
        ["conversations", "tickets"].map((key) => client.invalidateQueries({ queryKey: [key] })),
      ),
  });
  if (!window || window.held === 0 || window.refusal) return null;
  return (
    <div className="send-held">
      <span>{t("unsent.open", { count: window.held })}</span>
      <Button type="primary" loading={sending.isPending} onClick={() => sending.mutate()}>
        {t("unsent.send")}
      </Button>
    </div>
  );
}

function heldWord(t: TFunction, code: string, window: ReplyWindow | undefined): string {
  const servicer = window?.servicer || t("unsent.somebody");
  const known = HELD.find((each) => each === code);
  return known ? t(`unsent.${known}`, { servicer }) : code;
}

function failedWord(t: TFunction, detail: string): string {
  const known = FAILED.find((each) => detail.startsWith(each));
  return known ? t(`unsent.${known}`) : detail;
}
