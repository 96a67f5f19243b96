import { useTranslation } from "react-i18next";

export interface Total {
  total: number;
  total_is_exact: boolean;
  index_behind_seconds: number;
}

const WORTH_TELLING_S = 60;

/** How many rows there are, as far as the server counted, and whether the search lags behind. */
export function ListCount({ page, name }: { page: Total; name: "tickets" | "conversations" }) {
  const { t, i18n } = useTranslation();
  const number = new Intl.NumberFormat(i18n.language).format(page.total);
  return (
    <>
      <p className="muted" role="status">
        {t(`${name}.count`, {
          count: page.total,
          number: page.total_is_exact ? number : t("lists.over", { number }),
        })}
      </p>
      {page.index_behind_seconds >= WORTH_TELLING_S && (
        <p className="muted">{t("lists.behind", { count: page.index_behind_seconds })}</p>
      )}
    </>
  );
}
