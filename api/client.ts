// @ts-nocheck: the generated code does not support exactOptionalPropertyTypes.
/**
 * DO NOT MODIFY - This file has been generated using oazapfts.
 * See https://www.npmjs.com/package/oazapfts
 */
import * as Oazapfts from "@oazapfts/runtime";
import * as QS from "@oazapfts/runtime/query";
export const defaults: Oazapfts.Defaults<Oazapfts.CustomHeaders> = {
    headers: {},
    baseUrl: "/"
};
const oazapfts = Oazapfts.runtime(defaults);
export const servers = {};
export type Problem = {
    "type": "about:blank";
    /** The status phrase. */
    title: string;
    status: number;
    /** Stable name of the error, in snake case: branch on this. */
    code: string;
    /** Explanation of this occurrence, for people. */
    detail?: string;
    requestId?: string;
    traceId?: string;
    /** Every invalid field. */
    errors?: {
        /** Part of the request: `body`, `query`, `path` or `headers`. */
        "in": string;
        /** JSON Pointer (RFC 6901) into that part; empty for all of it. */
        pointer: string;
        message: string;
    }[];
};
export type Flag = {
    /** The key of the flag. */
    key: string;
    /** Whether the feature is on. */
    enabled: boolean;
    /** What the flag is for. */
    description?: string;
    /** When the flag expires and ceases to exist. In a request, it must be in the future. */
    expiresAt?: string;
    /** 1 on creation, incremented by each update. */
    version: number;
    /** When the flag was last written. */
    updatedAt: string;
};
export type FlagPage = {
    /** Flags, ordered by key. */
    items: Flag[];
    /** Pass it as `cursor` to get the next page. Absent on the last page. */
    nextCursor?: string;
};
export type FlagInput = {
    /** Whether the feature is on. */
    enabled: boolean;
    /** What the flag is for. */
    description?: string;
    /** When the flag expires and ceases to exist. In a request, it must be in the future. */
    expiresAt?: string;
};
export type Peer = {
    /** Id of the registration in Consul; `self` if Consul is disabled. */
    id: string;
    /** Base URL where the instance was queried. */
    url?: string;
    /** Version that the instance runs. */
    version?: {
        name: string;
        version: string;
        /** Commit that the instance was built from. */
        revision: string;
        /** Node version. */
        node: string;
    };
    /** Why the version is unknown. */
    error?: "timeout" | "unreachable" | "unexpected_answer";
};
export type Peers = {
    /** Instances, ordered by id. */
    items: Peer[];
    /** Whether every instance returned its version. */
    complete: boolean;
};
/**
 * Get the version of the running service
 */
export function getVersion(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: {
            /** Name of the service. */
            name: string;
            /** Version of the service. */
            version: string;
            /** Commit that the service was built from. */
            revision: string;
            /** Node version. */
            node: string;
        };
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/version", {
        ...opts
    });
}
/**
 * List flags, ordered by key
 */
export function listFlags({ limit, cursor }: {
    limit?: number;
    cursor?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: FlagPage;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 500;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/flags${QS.query(QS.explode({
        limit,
        cursor
    }))}`, {
        ...opts
    });
}
/**
 * Get a flag
 */
export function getFlag({ key, ifMatch, ifNoneMatch, cacheControl }: {
    key: string;
    ifMatch?: string;
    ifNoneMatch?: string;
    cacheControl?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Flag;
    } | {
        status: 304;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 414;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 500;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/flags/${encodeURIComponent(key)}`, {
        ...opts,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "If-Match": ifMatch,
            "If-None-Match": ifNoneMatch,
            "Cache-Control": cacheControl
        })
    });
}
/**
 * Create a flag, or replace an existing one (requires If-Match)
 */
export function putFlag({ key, ifMatch, ifNoneMatch, flagInput }: {
    key: string;
    ifMatch?: string;
    ifNoneMatch?: string;
    flagInput: FlagInput;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Flag;
    } | {
        status: 201;
        data: Flag;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 409;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 414;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 428;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 500;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/flags/${encodeURIComponent(key)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: flagInput,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "If-Match": ifMatch,
            "If-None-Match": ifNoneMatch
        })
    }));
}
/**
 * Delete a flag (requires If-Match)
 */
export function deleteFlag({ key, ifMatch, ifNoneMatch }: {
    key: string;
    ifMatch?: string;
    ifNoneMatch?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 204;
    } | {
        status: 400;
        data: Problem;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 404;
        data: Problem;
    } | {
        status: 412;
        data: Problem;
    } | {
        status: 413;
        data: Problem;
    } | {
        status: 414;
        data: Problem;
    } | {
        status: 415;
        data: Problem;
    } | {
        status: 422;
        data: Problem;
    } | {
        status: 428;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 500;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>(`/v1/flags/${encodeURIComponent(key)}`, {
        ...opts,
        method: "DELETE",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "If-Match": ifMatch,
            "If-None-Match": ifNoneMatch
        })
    });
}
/**
 * List the healthy instances of this service and their versions
 */
export function listPeers(opts?: Oazapfts.RequestOpts) {
    return oazapfts.fetchJson<{
        status: 200;
        data: Peers;
    } | {
        status: 401;
        data: Problem;
    } | {
        status: 403;
        data: Problem;
    } | {
        status: 429;
        data: Problem;
    } | {
        status: 500;
        data: Problem;
    } | {
        status: 503;
        data: Problem;
    }>("/v1/peers", {
        ...opts
    });
}
