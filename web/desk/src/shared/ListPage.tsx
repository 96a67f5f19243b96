import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Table, type TableColumnsType } from "antd";
import { useTranslation } from "react-i18next";
import { ListCount, type Total } from "./ListCount";
import { ListFilters, type ListSearch } from "./ListFilters";
import { MoreButton } from "./MoreButton";
import { Empty, LoadError, PageSkeleton } from "./states";

interface Props<Row> {
  /** Names the texts: title, filters, what is said of an empty list, the table. */
  name: "tickets" | "conversations";
  list: UseInfiniteQueryResult<InfiniteData<Total & { items: Row[] }>>;
  columns: TableColumnsType<Row>;
  statuses: string[];
  search: ListSearch;
  onChange(search: ListSearch, typing: boolean): void;
}

/** A long list: how many rows there are, what it is narrowed to, the rows, and the way to more. */
export function ListPage<Row extends { id: string }>(props: Props<Row>) {
  const { name, list, columns, statuses, search, onChange } = props;
  const { t } = useTranslation();
  const rows = list.data?.pages.flatMap((page) => page.items) ?? [];
  const first = list.data?.pages[0];
  const labels = {
    all: t(`${name}.all`),
    status: t(`${name}.status`),
    search: t(`${name}.search`),
  };
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{t(`${name}.title`)}</h1>
          {first && <ListCount page={first} name={name} />}
        </div>
        <ListFilters search={search} statuses={statuses} labels={labels} onChange={onChange} />
      </div>
      {list.error && <LoadError error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <PageSkeleton />}
      {list.data && rows.length === 0 && (
        <Empty title={t(`${name}.empty`)}>{t(`${name}.emptyDetail`)}</Empty>
      )}
      {rows.length > 0 && (
        <div className="table-box">
          <Table<Row>
            size="middle"
            aria-label={t(`${name}.table`)}
            rowKey="id"
            columns={columns}
            dataSource={rows}
            pagination={false}
            scroll={{ x: "max-content" }}
          />
        </div>
      )}
      <MoreButton query={list} />
    </>
  );
}
