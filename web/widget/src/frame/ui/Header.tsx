import type { ChatState } from "../state/chat";
import { CloseIcon } from "./icons";
import { useServices } from "./services";

export function Header({ state }: { state: ChatState }) {
  const { texts, close } = useServices();
  return (
    <header class="header">
      <div>
        <h1 dir="auto">{state.session?.shop.name ?? texts.title}</h1>
        <p>{state.session ? texts.title : texts.subtitle}</p>
      </div>
      <button
        type="button"
        class="quiet"
        aria-label={texts.close}
        title={texts.close}
        onClick={close}
      >
        <CloseIcon />
      </button>
    </header>
  );
}

/** Says what is wrong with the line, and only then. */
export function Banner({ state }: { state: ChatState }) {
  const { texts } = useServices();
  const { status, phase } = state;
  const words =
    phase === "refused" || status === "live" || status === "polling" ? "" : texts[status];
  return (
    <div class={words ? "banner" : undefined} role="status" data-status={status}>
      {words}
    </div>
  );
}
