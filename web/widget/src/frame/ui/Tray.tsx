import { useState } from "preact/hooks";
import type { PhotoTray, TrayPhoto } from "../photos/tray";
import { CloseIcon, ImageIcon, RetryIcon } from "./icons";
import { useServices } from "./services";

/** The photos about to be sent, with what went wrong beside the one it went wrong with. */
export function Tray({ tray }: { tray: PhotoTray }) {
  const errors = [...new Set(tray.photos.map((photo) => photo.error).concat(tray.notice))];
  return (
    <>
      {tray.photos.length > 0 && (
        <ul class="tray">
          {tray.photos.map((photo) => (
            <TrayItem key={photo.key} photo={photo} tray={tray} />
          ))}
        </ul>
      )}
      {errors.filter(Boolean).map((error) => (
        <p key={error} class="error" role="alert">
          {error}
        </p>
      ))}
    </>
  );
}

function TrayItem({ photo, tray }: { photo: TrayPhoto; tray: PhotoTray }) {
  const { texts } = useServices();
  const [broken, setBroken] = useState(false);
  const percent = Math.round(photo.progress * 100);
  return (
    <li class={photo.state}>
      {broken ? (
        <ImageIcon />
      ) : (
        <img src={photo.preview} alt={photo.name} onError={() => setBroken(true)} />
      )}
      {photo.state === "uploading" && (
        <progress max={100} value={percent} aria-label={texts.uploading(percent)} />
      )}
      {photo.retryable && (
        <button
          type="button"
          class="again"
          aria-label={texts.retryPhoto(photo.name)}
          onClick={() => tray.retry(photo.key)}
        >
          <RetryIcon />
        </button>
      )}
      <button
        type="button"
        class="remove"
        aria-label={texts.remove(photo.name)}
        onClick={() => tray.remove(photo.key)}
      >
        <CloseIcon />
      </button>
    </li>
  );
}
