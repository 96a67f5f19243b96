import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { account } from "../api/queries";
import { LoadError, PageSkeleton } from "../shared/states";
import { Shell } from "./Shell";

/** Shows the desk to those who are signed in; the router leads all others to the login. */
export function SessionGate() {
  const { data, error, refetch } = useQuery(account);
  // A later look at the account may fail on the way; the work on the screen stays.
  if (error && !data) return <LoadError error={error} retry={() => void refetch()} />;
  if (!data) return <PageSkeleton />;
  return (
    <Shell account={data}>
      <Outlet />
    </Shell>
  );
}
