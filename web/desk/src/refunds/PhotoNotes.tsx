import { WarningOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Evidence } from "../api/types";
import { useMoney } from "../shared/money";

export type Known = Partial<Pick<Evidence, "seen_in" | "hidden" | "read">>;

/** What is known of one photo: hidden and why, which tickets have it too, what was read from it. */
export function PhotoNotes({ photo, number }: { photo: Known; number: number }) {
  const { t } = useTranslation();
  const { seen_in: seenIn = [], hidden = false, read } = photo;
  const said = read ? [...read.orders, ...read.parcels] : [];
  const found = said.length > 0 || (read?.amounts.length ?? 0) > 0;
  if (seenIn.length === 0 && !hidden && !found) return null;
  return (
    <dl className="facts photo-notes">
      {hidden && (
        <div>
          <dt>{t("refund.photo", { number })}</dt>
          <dd>{t("photo.hidden")}</dd>
        </div>
      )}
      {seenIn.length > 0 && (
        <div className="photo-seen">
          <dt>
            <WarningOutlined /> {t("photo.seenIn", { number })}
          </dt>
          <dd>
            {seenIn.map((ticket) => (
              <Link key={ticket} to="/tickets/$number" params={{ number: ticket }} className="mono">
                {ticket}
              </Link>
            ))}
          </dd>
        </div>
      )}
      {found && read && (
        <div>
          <dt>{t("photo.read", { number })}</dt>
          <dd>
            <Read said={said} amounts={read.amounts} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Read({
  said,
  amounts,
}: {
  said: string[];
  amounts: NonNullable<Evidence["read"]>["amounts"];
}) {
  const money = useMoney();
  return (
    <>
      {said.map((one) => (
        <span key={one} className="mono">
          {one}
        </span>
      ))}
      {amounts.map((one) => (
        <span key={one.text}>{money(one)}</span>
      ))}
    </>
  );
}
