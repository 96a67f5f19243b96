import type { ChatState } from "../state/chat";
import type { Texts } from "../texts";
import { CloseIcon } from "./icons";
import { useServices } from "./services";

export function Header({ state }: { state: ChatState }) {
  const { texts, close } = useServices();
  return (
    <header class="header">
      <div>
        <h1 dir="auto">{state.session?.shop.name ?? texts.title}</h1>
        <p>{subtitle(state, texts)}</p>
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

function subtitle({ status, phase, session }: ChatState, texts: Texts): string {
  if (status === "connecting" && phase !== "refused") return texts.connecting;
  return session ? texts.title : texts.subtitle;
}

/** Says what is wrong with the line, and only then. */
export function Banner({ state }: { state: ChatState }) {
  const { texts } = useServices();
  const { status, phase } = state;
  const broken = phase !== "refused" && (status === "reconnecting" || status === "offline");
  const words = broken ? texts[status] : "";
  return (
    <div class={words ? "banner" : undefined} role="status" data-status={status}>
      {words}
    </div>
  );
}
