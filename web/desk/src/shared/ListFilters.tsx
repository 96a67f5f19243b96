import { SearchOutlined } from "@ant-design/icons";
import { Input, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { word } from "../i18n";
import "./lists.css";

export interface ListSearch {
  status?: string;
  q?: string;
}

const TYPING_PAUSE_MS = 300;
const LONGEST_SEARCH = 100;

/** Only what is set belongs into the address. */
export const filled = ({ status, q }: ListSearch): ListSearch => ({
  ...(status && { status }),
  ...(q && { q }),
});

interface Props {
  search: ListSearch;
  statuses: string[];
  labels: { all: string; status: string; search: string };
  /** `typing`: not a step of its own in the browser's history. */
  onChange(search: ListSearch, typing: boolean): void;
}

/** A list's status and search box; the address holds what they are set to. */
export function ListFilters({ search, statuses, labels, onChange }: Props) {
  const { status = "", q = "" } = search;
  const [typed, setTyped] = useState(q);
  const told = useRef(q);
  // The address changed, and not by our typing: a link was followed, or the browser went back.
  useEffect(() => {
    if (q === told.current) return;
    told.current = q;
    setTyped(q);
  }, [q]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(filled({ status, q: typed }), true);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, status, onChange]);
  return (
    <div className="filters">
      <Segmented
        aria-label={labels.status}
        value={status}
        options={["", ...statuses].map((value) => ({
          value,
          label: value ? word("status", value) : labels.all,
        }))}
        onChange={(value) => {
          told.current = typed;
          onChange(filled({ status: value, q: typed }), false);
        }}
      />
      <Input
        type="search"
        allowClear
        maxLength={LONGEST_SEARCH}
        prefix={<SearchOutlined />}
        aria-label={labels.search}
        placeholder={labels.search}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </div>
  );
}
