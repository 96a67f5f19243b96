import { EyeOutlined } from "@ant-design/icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Image } from "antd";
import { useTranslation } from "react-i18next";
import * as api from "../api/client";
import type { Evidence } from "../api/types";
import { type Known, PhotoNotes } from "./PhotoNotes";

/** What is known of a photo only where it is evidence of a ticket. */
type Photo = Pick<Evidence, "id" | "url"> & Known;

/** Photos the customer sent; pressed, they fill the window and can be turned and zoomed. */
export function EvidencePhotos({ photos }: { photos: Photo[] }) {
  const { t } = useTranslation();
  if (photos.length === 0) return <p className="muted">{t("refund.noEvidence")}</p>;
  return (
    <>
      <div className="photos">
        <Image.PreviewGroup>
          {photos.map((photo, index) => (
            <div key={photo.id} className="photo">
              <Image
                // Once it was opened there is another picture behind the same address.
                src={photo.hidden === false ? `${photo.url}?shown` : photo.url}
                alt={t(photo.hidden ? "photo.hiddenAlt" : "refund.photo", { number: index + 1 })}
                width={112}
                height={112}
              />
              {photo.hidden && <Reveal id={photo.id} />}
            </div>
          ))}
        </Image.PreviewGroup>
      </div>
      {photos.map((photo, index) => (
        <PhotoNotes key={photo.id} photo={photo} number={index + 1} />
      ))}
    </>
  );
}

function Reveal({ id }: { id: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => api.openPhoto(id),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Button size="small" icon={<EyeOutlined />} loading={isPending} onClick={() => mutate()}>
      {t("photo.show")}
    </Button>
  );
}
