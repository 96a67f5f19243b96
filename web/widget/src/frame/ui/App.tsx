import { useEffect, useRef, useState } from "preact/hooks";
import { Composer } from "./Composer";
import { Banner, Header } from "./Header";
import { Log } from "./Log";
import { useChatState, useServices } from "./services";

export function App() {
  const { chat, texts, addPhotos, close } = useServices();
  const state = useChatState(chat);
  const picker = useRef<HTMLInputElement>(null);
  const [dropping, setDropping] = useState(false);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // An open photo takes Escape for itself.
      if (event.key === "Escape" && !event.isComposing && !document.querySelector("dialog[open]")) {
        close();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [close]);

  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files");
  return (
    <main
      class="app"
      onDragOver={(event) => {
        if (!carriesFiles(event) || state.phase !== "open") return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        if (!event.relatedTarget) setDropping(false);
      }}
      onDrop={(event) => {
        setDropping(false);
        if (!carriesFiles(event) || state.phase !== "open") return;
        event.preventDefault();
        void addPhotos([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <Header state={state} />
      <Banner state={state} />
      {state.phase === "open" && <Log state={state} pickPhotos={() => picker.current?.click()} />}
      {state.phase === "opening" && <Skeleton />}
      {state.phase === "refused" && (
        <div class="refused" role="alert">
          <h2>{texts.refusedTitle}</h2>
          <p>{state.refusal || texts.refusedIdentity}</p>
          <button type="button" class="primary" onClick={() => chat.tryAgain()}>
            {texts.tryAgain}
          </button>
        </div>
      )}
      {state.phase === "open" && <Composer state={state} picker={picker} />}
      {dropping && <div class="drop">{texts.dropHere}</div>}
    </main>
  );
}

function Skeleton() {
  return (
    <div class="skeleton" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}
