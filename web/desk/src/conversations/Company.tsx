import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { account } from "../api/queries";
import * as queries from "./queries";

/** Who else looks at a conversation, and who is typing in it; it is always there to be read out. */
export function Company({ conversationId }: { conversationId: string }) {
  const { t, i18n } = useTranslation();
  const me = useQuery(account).data;
  useQuery(queries.looking(conversationId));
  const { data } = useQuery(queries.company(conversationId));
  const others = (data?.looking ?? []).filter(({ id }) => id !== me?.id).map(({ name }) => name);
  const names = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(others);
  const typing = data?.typing ?? [];
  return (
    <div className="company" role="status">
      {data?.online && <span className="here">{t("company.online")}</span>}
      {others.length > 0 && <span dir="auto">{t("company.looking", { names })}</span>}
      {typing.includes("visitor") && <span className="typing">{t("company.visitor")}</span>}
      {typing.includes("agent") && <span className="typing">{t("company.agent")}</span>}
    </div>
  );
}
