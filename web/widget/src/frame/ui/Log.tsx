import { Fragment } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../protocol/chat";
import type { ChatState } from "../state/chat";
import { Bubble, PendingBubble } from "./Bubble";
import { DownIcon } from "./icons";
import { useServices } from "./services";
import { day, sameDay } from "./time";

/** So near the end a reader is following: keep him there. */
const FOLLOW_PX = 80;
/** Messages further apart than this are of different occasions: the earlier one shows its time. */
const RUN_MS = 5 * 60_000;

const saysSomething = ({ text, options, attachments }: Message): boolean =>
  text !== "" || options.length > 0 || attachments.length > 0;

export function Log({ state, pickPhotos }: { state: ChatState; pickPhotos(): void }) {
  const { chat, texts, locale } = useServices();
  const { pending } = state;
  // The opening of a chat is a message without words; the bot answers it with its greeting.
  const messages = state.messages.filter(saysSomething);
  const typing = state.typing || messages.length + pending.length === 0;
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [behind, setBehind] = useState(false);
  const newest = messages.at(-1)?.seq ?? 0;

  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    // Photos in the composer or a phone's keyboard take room from the log: stay at the end.
    const observer = new ResizeObserver(() => following.current && toEnd());
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (following.current || pending.length > 0) toEnd();
    else setBehind(true);
  }, [newest, pending.length, typing]);

  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    following.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
    if (following.current) setBehind(false);
  };
  const earlier = async () => {
    const before = box.current?.scrollHeight ?? 0;
    await chat.loadEarlier();
    // Keep the same message under the reader's eyes.
    requestAnimationFrame(() => box.current?.scrollBy(0, box.current.scrollHeight - before));
  };

  return (
    <div class="log-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus */}
      <div class="log" ref={box} role="log" aria-label={texts.log} tabIndex={0} onScroll={onScroll}>
        {state.hasEarlier && (
          <button type="button" class="link earlier" onClick={() => void earlier()}>
            {texts.earlier}
          </button>
        )}
        {messages.map((message, index) => {
          const previous = messages[index - 1];
          const next = messages[index + 1];
          const newDay = !previous || !sameDay(previous.at, message.at);
          const pauses = !next || Date.parse(next.at) - Date.parse(message.at) > RUN_MS;
          return (
            <Fragment key={message.seq}>
              {newDay && (
                <p class="day">
                  <span>{day(message.at, locale)}</span>
                </p>
              )}
              <Bubble
                message={message}
                state={state}
                first={newDay || previous?.from !== message.from}
                timed={pauses}
                pickPhotos={pickPhotos}
              />
            </Fragment>
          );
        })}
        {pending.map((entry) => (
          <PendingBubble key={entry.clientId} pending={entry} />
        ))}
        {typing && (
          <p class="typing">
            <span class="hidden">{texts.typing}</span>
            <i />
            <i />
            <i />
          </p>
        )}
      </div>
      {behind && (
        <button type="button" class="behind" onClick={toEnd}>
          <DownIcon />
          {texts.newMessages}
        </button>
      )}
    </div>
  );
}
