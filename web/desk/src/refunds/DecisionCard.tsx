import { useTranslation } from "react-i18next";
import type { Decision } from "../api/types";
import { word } from "../i18n";
import { useMoney } from "../shared/money";

/** The rule that was hit, and what it looked at: enough to find out why without the code. */
export function DecisionCard({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const { version, row } = decision;
  return (
    <div className="decision">
      <p>
        <strong>{t("refund.rule", { table: word("table", decision.table), version, row })}</strong>
      </p>
      <Facts title={t("refund.inputs")} facts={decision.inputs} />
      <Facts title={t("refund.outputs")} facts={decision.outputs} />
    </div>
  );
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> }) {
  const { t } = useTranslation();
  const money = useMoney();
  const entries = Object.entries(facts).filter(([, value]) => value !== "");
  if (entries.length === 0) return null;
  const shown = (name: string, value: unknown): string => {
    if (typeof value === "boolean") return t(value ? "refund.yes" : "refund.no");
    if (name === "amount" && typeof value === "number" && typeof facts.currency === "string") {
      return money({ minor: value, currency: facts.currency });
    }
    if (typeof value !== "string") return JSON.stringify(value);
    const group = { reason: "reason", tier: "tier", note: "risk", approval: "approval" }[name];
    return group ? word(group, value) : value;
  };
  return (
    <>
      <h3>{title}</h3>
      <dl className="facts">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{word("fact", name)}</dt>
            <dd>{shown(name, value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
