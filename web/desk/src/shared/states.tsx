import { Link } from "@tanstack/react-router";
import { Alert, Button, Skeleton } from "antd";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, Unreachable } from "../api/client";

/** What to say about an error: in the reader's language where we know it, else as the server did. */
export function errorText(error: Error, t: TFunction): string {
  if (error instanceof ApiError && (error.code || error.message)) {
    const said = error.message || t("state.failed");
    return error.code ? t(`problem.${error.code}`, { defaultValue: said }) : said;
  }
  if (error instanceof Unreachable) return t("state.unreachable");
  return t("state.failed");
}

/** Something could not be read; what is on the screen besides stays. */
export function LoadError({ error, retry }: { error: Error; retry(): void }) {
  const { t } = useTranslation();
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <Alert
      className="load-error"
      type="error"
      showIcon
      role="alert"
      title={t("state.failed")}
      description={errorText(error, t)}
      action={!gone && <Button onClick={retry}>{t("state.retry")}</Button>}
    />
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <svg viewBox="0 0 96 64" width="96" height="64" aria-hidden="true">
        <path d="M8 52h80M22 52V26l26-12 26 12v26M22 26l26 12 26-12M48 38v14" />
      </svg>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
    </div>
  );
}

export function PageSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="page-skeleton" role="status" aria-label={t("state.loading")}>
      <Skeleton active paragraph={{ rows: 6 }} />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className="lone">
      <h1>{t("state.notFound")}</h1>
      <p>{t("state.notFoundDetail")}</p>
      <Link to="/refunds">{t("state.home")}</Link>
    </main>
  );
}

export function Broken() {
  const { t } = useTranslation();
  return (
    <div className="lone" role="alert">
      <h1>{t("state.broken")}</h1>
      <p>{t("state.brokenDetail")}</p>
      <Button type="primary" onClick={() => location.reload()}>
        {t("state.reload")}
      </Button>
    </div>
  );
}
