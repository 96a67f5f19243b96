import { PaperClipOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { Message } from "../api/types";
import { EvidencePhotos } from "../refunds/EvidencePhotos";

type Attachment = Message["attachments"][number];

/** What came with a message: photos to look at, other files to open. */
export function Files({ attachments }: { attachments: Attachment[] }) {
  const photos = attachments.filter((one) => one.kind === "image" && one.url);
  const others = attachments.filter((one) => !photos.includes(one));
  return (
    <>
      {photos.length > 0 && <EvidencePhotos photos={photos} />}
      {others.map((one, index) => (
        <File key={one.id ?? index} file={one} />
      ))}
    </>
  );
}

function File({ file }: { file: Attachment }) {
  const { t } = useTranslation();
  const kind = file.kind === "voice" || file.kind === "video" ? file.kind : "file";
  if (!file.url) return <p className="muted">{t("file.gone", { kind: t(`file.${kind}`) })}</p>;
  return (
    <a href={file.url} download className="file">
      <PaperClipOutlined /> {t(`file.${kind}`)}
    </a>
  );
}
