import { useTranslation } from "react-i18next";
import type { Message } from "../api/types";
import { SendHeld, useReplyWindow, WhyUnsent } from "../conversations/Unsent";
import { useDateTime } from "../shared/time";
import { Files } from "./Files";

interface Props {
  conversationId: string;
  messages: Message[];
  none?: string;
}

/** The conversation as it was, with the options the customer could press, and what was not sent. */
export function Transcript({ conversationId, messages, none }: Props) {
  const { t } = useTranslation();
  const window = useReplyWindow(conversationId, messages);
  const dateTime = useDateTime();
  // The opening of a chat is a message without words.
  const said = messages.filter(
    ({ text, options, attachments }) => text || options.length > 0 || attachments.length > 0,
  );
  if (said.length === 0) return <p className="muted">{none ?? t("ticket.noMessages")}</p>;
  return (
    <>
      <ol className="transcript">
        {said.map((message) => (
          <li key={message.id} className={`from-${message.from}`}>
            <p className="by">
              <strong>{message.author ?? t(`ticket.from.${message.from}`)}</strong>{" "}
              <time dateTime={message.at}>{dateTime(message.at)}</time>
            </p>
            {message.text && (
              <p className="said" dir="auto">
                {message.text}
              </p>
            )}
            {message.options.length > 0 && (
              <p className="offered" dir="auto">
                {t("ticket.chose", {
                  options: message.options.map((option) => option.label).join(" · "),
                })}
              </p>
            )}
            {message.attachments.length > 0 && <Files attachments={message.attachments} />}
            <WhyUnsent message={message} window={window} />
          </li>
        ))}
      </ol>
      <SendHeld conversationId={conversationId} window={window} />
    </>
  );
}
