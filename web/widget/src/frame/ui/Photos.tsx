import { useEffect } from "preact/hooks";
import type { Attachment } from "../../protocol/chat";
import { useServices } from "./services";

/** A message's photos; until the code for them is here, their places. */
export function Photos({ photos }: { photos: readonly Attachment[] }) {
  const { photoKit, loadPhotoKit } = useServices();
  useEffect(() => {
    // Without it the places stay empty; the next message with photos tries again.
    if (photos.length > 0) loadPhotoKit().catch(() => undefined);
  }, [photos.length, loadPhotoKit]);
  return (
    <>
      {photos.map((photo) =>
        photoKit ? (
          <photoKit.Photo key={photo.id} photo={photo} kit={photoKit} />
        ) : (
          <span key={photo.id} class="photo" style={shape(photo)} />
        ),
      )}
    </>
  );
}

/** Keeps a photo's place before it is loaded, so that nothing jumps. */
export const shape = ({ width, height }: Attachment) => ({
  aspectRatio: `${width || 4} / ${height || 3}`,
});
