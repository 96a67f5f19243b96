import type { Message } from "../../protocol/chat";
import type { Pending } from "../live/outbox";
import type { ChatState } from "../state/chat";
import { optionsState } from "../state/choices";
import { PhotoIcon } from "./icons";
import { Options } from "./Options";
import { Photos } from "./Photos";
import { isTouch, useServices } from "./services";
import { Text } from "./Text";
import { clock } from "./time";

interface Props {
  message: Message;
  state: ChatState;
  /** First of a run by one author: it carries the name. */
  first: boolean;
  /** A pause follows: it carries the time. */
  timed: boolean;
  pickPhotos(): void;
}

export function Bubble({ message, state, first, timed, pickPhotos }: Props) {
  const { chat, texts, locale } = useServices();
  const { from, id } = message;
  const author = message.author ?? (from === "agent" ? texts.agent : texts.bot);
  const textId = `m-${id}`;
  const options = optionsState(message, state.messages, state.pending, texts.separator);
  return (
    <div class={`message ${from === "customer" ? "mine" : from}`} data-seq={message.seq}>
      {from === "customer" ? (
        <span class="hidden">{texts.you}</span>
      ) : (
        first && from !== "system" && <span class="author">{author}</span>
      )}
      {message.text && (
        <div class="bubble" id={textId}>
          <Text text={message.text} />
        </div>
      )}
      <Photos photos={message.attachments} />
      {message.wants_photo && state.messages.at(-1) === message && (
        <button type="button" class="ask-photo" onClick={pickPhotos}>
          <PhotoIcon />
          <span class="words">
            <span>{texts.askPhoto}</span>
            {!isTouch() && <small class="detail">{texts.askPhotoDetail}</small>}
          </span>
        </button>
      )}
      {message.options.length > 0 && (
        <Options
          message={message}
          state={options}
          labelledBy={textId}
          choose={(chosen) => {
            chat.choose(chosen, texts.separator);
            // The pressed button is disabled now; don't let the focus fall to the page's start.
            document.querySelector<HTMLElement>(isTouch() ? ".log" : "textarea")?.focus();
          }}
        />
      )}
      {timed && <time dateTime={message.at}>{clock(message.at, locale)}</time>}
    </div>
  );
}

/** What the customer wrote and the server has not numbered yet. */
export function PendingBubble({ pending }: { pending: Pending }) {
  const { chat, texts } = useServices();
  const { draft, clientId, photos } = pending;
  const text = "choice" in draft ? draft.label : draft.text;
  return (
    <div class={`message mine ${pending.state}`}>
      <span class="hidden">{texts.you}</span>
      <Photos photos={photos} />
      {text && (
        <div class="bubble">
          <Text text={text} />
        </div>
      )}
      {pending.state === "failed" ? (
        <p class="error" role="alert">
          {pending.error || texts.notSent}{" "}
          <button type="button" class="link" onClick={() => chat.retry(clientId)}>
            {texts.retry}
          </button>{" "}
          <button type="button" class="link" onClick={() => chat.discard(clientId)}>
            {texts.discard}
          </button>
        </p>
      ) : (
        <small class="sending">{pending.state === "waiting" ? texts.waiting : texts.sending}</small>
      )}
    </div>
  );
}
