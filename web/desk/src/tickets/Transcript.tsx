import { useTranslation } from "react-i18next";
import type { Message } from "../api/types";
import { EvidencePhotos } from "../refunds/EvidencePhotos";
import { useDateTime } from "../shared/time";

/** The conversation as it was, with the options the customer could press. */
export function Transcript({ messages, none }: { messages: Message[]; none?: string }) {
  const { t } = useTranslation();
  const dateTime = useDateTime();
  // The opening of a chat is a message without words.
  const said = messages.filter(
    ({ text, options, attachments }) => text || options.length > 0 || attachments.length > 0,
  );
  if (said.length === 0) return <p className="muted">{none ?? t("ticket.noMessages")}</p>;
  return (
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
          {message.attachments.length > 0 && <EvidencePhotos photos={message.attachments} />}
        </li>
      ))}
    </ol>
  );
}
