import { useTranslation } from "react-i18next";
import type { Decision } from "../api/types";

const shown = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value) : String(value);

/** The rule that was hit, and what it looked at: enough to find out why without the code. */
export function DecisionCard({ decision }: { decision: Decision }) {
  const { t } = useTranslation();
  const { table, version, row } = decision;
  return (
    <div className="decision">
      <p>
        <strong>{t("refund.rule", { table, version, row })}</strong>
      </p>
      <Facts title={t("refund.inputs")} facts={decision.inputs} />
      <Facts title={t("refund.outputs")} facts={decision.outputs} />
    </div>
  );
}

function Facts({ title, facts }: { title: string; facts: Record<string, unknown> }) {
  const entries = Object.entries(facts);
  if (entries.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <dl className="facts">
        {entries.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{shown(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
