import { useState } from "preact/hooks";
import type { Message, Option } from "../../protocol/chat";
import type { OptionsState } from "../state/choices";
import { DoneIcon, NextIcon, ParcelIcon } from "./icons";
import { useServices } from "./services";

interface Props {
  message: Message;
  state: OptionsState;
  /** Id of the text the options belong to. */
  labelledBy: string;
  choose(options: Option[]): void;
}

/** What a customer can pick, drawn as its presentation asks. */
export function Options(props: Props) {
  const { message, state, labelledBy } = props;
  const closed = state.open ? "" : " closed";
  return (
    // A fieldset would announce its legend, but the question is the bubble above.
    // biome-ignore lint/a11y/useSemanticElements: see above
    <div
      class={`options ${message.multiple ? "items" : message.presentation}${closed}`}
      role="group"
      aria-labelledby={labelledBy}
    >
      {message.multiple ? <Several {...props} /> : <One {...props} />}
    </div>
  );
}

function One({ message, state, choose }: Props) {
  const { texts } = useServices();
  const rich = message.presentation === "orders" || message.presentation === "items";
  const score = message.presentation === "score";
  return (
    <>
      {message.options.map((option) => {
        const chosen = state.chosen.has(option.value);
        return (
          <button
            key={option.value}
            type="button"
            class={chosen ? "option chosen" : "option"}
            disabled={!state.open}
            onClick={() => choose([option])}
          >
            {rich && <Thumbnail option={option} />}
            <OptionText option={option} />
            {chosen ? <Chosen /> : rich && state.open && <NextIcon />}
          </button>
        );
      })}
      {score && (
        <p class="ends">
          <span>{texts.scoreLow}</span>
          <span>{texts.scoreHigh}</span>
        </p>
      )}
    </>
  );
}

function Several({ message, state, choose }: Props) {
  const { texts } = useServices();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const chosen = state.open ? picked : state.chosen;
  const toggle = (value: string) => {
    const next = new Set(picked);
    if (!next.delete(value)) next.add(value);
    setPicked(next);
  };
  return (
    <>
      {message.options.map((option) => (
        <label key={option.value} class={chosen.has(option.value) ? "option chosen" : "option"}>
          <input
            type="checkbox"
            checked={chosen.has(option.value)}
            disabled={!state.open}
            onChange={() => toggle(option.value)}
          />
          <Thumbnail option={option} />
          <OptionText option={option} />
        </label>
      ))}
      {state.open && (
        <button
          type="button"
          class="primary"
          disabled={picked.size === 0}
          onClick={() => choose(message.options.filter((option) => picked.has(option.value)))}
        >
          {texts.confirmSelection(picked.size)}
        </button>
      )}
    </>
  );
}

function OptionText({ option }: { option: Option }) {
  return (
    <span class="words">
      <span dir="auto">{option.label}</span>
      {option.detail && (
        <small dir="auto" class="detail">
          {option.detail}
        </small>
      )}
    </span>
  );
}

function Thumbnail({ option }: { option: Option }) {
  const [broken, setBroken] = useState(false);
  return (
    <span class="stub">
      {option.image && !broken ? (
        <img src={option.image} alt="" loading="lazy" onError={() => setBroken(true)} />
      ) : (
        <ParcelIcon />
      )}
    </span>
  );
}

function Chosen() {
  const { texts } = useServices();
  return (
    <>
      <DoneIcon />
      <span class="hidden">{texts.chosen}</span>
    </>
  );
}
