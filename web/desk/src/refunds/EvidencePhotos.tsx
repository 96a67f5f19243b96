import { Image } from "antd";
import { useTranslation } from "react-i18next";
import type { Evidence } from "../api/types";

/** Photos the customer sent; pressed, they fill the window and can be turned and zoomed. */
export function EvidencePhotos({ photos }: { photos: Pick<Evidence, "id" | "url">[] }) {
  const { t } = useTranslation();
  if (photos.length === 0) return <p className="muted">{t("refund.noEvidence")}</p>;
  return (
    <div className="photos">
      <Image.PreviewGroup>
        {photos.map((photo, index) => (
          <Image
            key={photo.id}
            src={photo.url}
            alt={t("refund.photo", { number: index + 1 })}
            width={112}
            height={112}
          />
        ))}
      </Image.PreviewGroup>
    </div>
  );
}
