import { useEffect, useRef } from "preact/hooks";
import { CloseIcon } from "./icons";
import { useServices } from "./services";

/** One photo over the whole window; the dialog element brings focus, Escape and the way back. */
export function Lightbox({ url, onClose }: { url: string; onClose(): void }) {
  const { texts } = useServices();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="lightbox" aria-label={texts.photo} onClose={onClose}>
      <button
        type="button"
        class="quiet"
        aria-label={texts.closePhoto}
        onClick={() => dialog.current?.close()}
      >
        <CloseIcon />
      </button>
      <img src={url} alt={texts.photo} />
    </dialog>
  );
}
