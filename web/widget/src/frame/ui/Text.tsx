const LINK = /(https?:\/\/[^\s<>"'，。；）】]+)/;

/** A message's words as the sender wrote them: line breaks kept, addresses made links. */
export function Text({ text }: { text: string }) {
  return (
    <p class="text" dir="auto">
      {text.split(LINK).map((part, index) =>
        index % 2 ? (
          <a href={part} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ) : (
          part
        ),
      )}
    </p>
  );
}
