import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ChatState } from "../state/chat";
import { ImageIcon, PhotoIcon, SendIcon } from "./icons";
import { isTouch, useServices } from "./services";

interface Props {
  state: ChatState;
  picker: RefObject<HTMLInputElement | null>;
}

export function Composer({ state, picker }: Props) {
  const { chat, texts, photoKit, photosFailed, addPhotos } = useServices();
  const [text, setText] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const tray = photoKit?.tray;
  const over = [...text].length - (state.session?.limits.max_text ?? 5000);
  const words = text.trim();
  const canSend = (words !== "" || tray?.hasReady) && over <= 0 && !tray?.busy;

  useEffect(() => {
    // Only when the visitor is in here already: a chat that loads closed must not take the focus.
    if (!isTouch() && document.hasFocus()) area.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    // An empty field is one line, whatever its placeholder would like to wrap to.
    if (text) element.style.height = `${Math.min(element.scrollHeight, 140)}px`;
  }, [text]);

  const send = () => {
    if (!canSend) return;
    if (photoKit?.tray.hasReady) {
      const { tray, images } = photoKit;
      const photos = tray.take((photo, preview) => images.remember(photo.url, preview));
      chat.sendPhotos(photos, words);
    } else {
      chat.sendText(words);
    }
    setText("");
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter takes its suggestion. Safari reports that as key 229.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void addPhotos(files);
  };
  const onFiles = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    void addPhotos([...(input.files ?? [])]);
    input.value = "";
    area.current?.focus();
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {photoKit && <photoKit.Tray tray={photoKit.tray} />}
      {photosFailed && <Problem words={texts.photoFailed} />}
      {over > 0 && <Problem words={texts.tooLong(over)} />}
      <input ref={picker} type="file" accept="image/*" multiple hidden onChange={onFiles} />
      <input
        ref={camera}
        type="file"
        accept="image/*"
        capture="environment"
        hidden
        onChange={onFiles}
      />
      <div class="field">
        <button
          type="button"
          class="quiet"
          aria-label={texts.photos}
          title={texts.photos}
          onClick={() => picker.current?.click()}
        >
          <ImageIcon />
        </button>
        {isTouch() && (
          <button
            type="button"
            class="quiet"
            aria-label={texts.camera}
            title={texts.camera}
            onClick={() => camera.current?.click()}
          >
            <PhotoIcon />
          </button>
        )}
        <textarea
          ref={area}
          rows={1}
          dir="auto"
          aria-label={texts.placeholder}
          placeholder={texts.placeholder}
          enterkeyhint="send"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            chat.typing();
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <button
          type="submit"
          class="send"
          aria-label={texts.send}
          title={texts.send}
          disabled={!canSend}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}

function Problem({ words }: { words: string }) {
  return (
    <p class="error" role="alert">
      {words}
    </p>
  );
}
