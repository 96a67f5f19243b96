import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { BASE_PATH } from "./basePath";
import { LoginPage } from "./session/LoginPage";
import { SessionGate } from "./session/SessionGate";
import { Broken, NotFound, PageSkeleton } from "./shared/states";

interface Context {
  client: QueryClient;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** What a list is narrowed to. The router reads a q of digits as a number: it is words, too. */
const listSearch = (search: Record<string, unknown>): { status?: string; q?: string } => {
  const status = text(search.status);
  const q = text(typeof search.q === "number" ? String(search.q) : search.q);
  return { ...(status && { status }), ...(q && { q }) };
};

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: NotFound });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search): { next?: string; expired?: boolean } => {
    const next = text(search.next);
    // Only paths of our own: a foreign address here would make the login a trap.
    const own = next?.startsWith("/") && !next.startsWith("//") ? { next } : {};
    return search.expired ? { ...own, expired: true } : own;
  },
  component: LoginPage,
});

const gateRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  component: SessionGate,
});

const homeRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/refunds", replace: true });
  },
});

const refundsRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/refunds",
  validateSearch: (search): { status?: string } => {
    const status = text(search.status);
    return status ? { status } : {};
  },
  component: lazyRouteComponent(() => import("./refunds/QueuePage"), "QueuePage"),
});

const refundRoute = createRoute({
  getParentRoute: () => refundsRoute,
  path: "$refundId",
  component: lazyRouteComponent(() => import("./refunds/RefundDrawer"), "RefundDrawer"),
});

const ticketsRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/tickets",
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import("./tickets/TicketsPage"), "TicketsPage"),
});

const ticketRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/tickets/$number",
  component: lazyRouteComponent(() => import("./tickets/TicketPage"), "TicketPage"),
});

const channelsRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/channels",
  component: lazyRouteComponent(() => import("./system/ChannelsPage"), "ChannelsPage"),
});

const conversationsRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/conversations",
  validateSearch: listSearch,
  component: lazyRouteComponent(
    () => import("./conversations/ConversationsPage"),
    "ConversationsPage",
  ),
});

const conversationRoute = createRoute({
  getParentRoute: () => gateRoute,
  path: "/conversations/$id",
  component: lazyRouteComponent(
    () => import("./conversations/ConversationPage"),
    "ConversationPage",
  ),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  gateRoute.addChildren([
    homeRoute,
    refundsRoute.addChildren([refundRoute]),
    ticketsRoute,
    ticketRoute,
    conversationsRoute,
    conversationRoute,
    channelsRoute,
  ]),
]);

export function makeRouter(client: QueryClient) {
  const router = createRouter({
    routeTree,
    basepath: BASE_PATH,
    context: { client },
    defaultPendingComponent: PageSkeleton,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
  });
  // Wherever the session ends, the login comes up and leads back to the same place.
  client.getQueryCache().subscribe(({ query }) => {
    const ended = query.queryHash === '["account"]' && query.state.data === null;
    const { pathname, href } = router.state.location;
    if (!ended || pathname === "/login") return;
    void router.navigate({
      to: "/login",
      search: { next: href, ...(query.state.dataUpdateCount > 1 && { expired: true }) },
    });
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
