/** The types of the HTTP API: written by `npm run generate` from its OpenAPI document. */
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where everything is; the dashboard, for a browser */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Index"];
                        "text/html": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            status: "ok";
                        };
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether Redis answers, takes writes and keeps them */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @constant */
                            status: "ok";
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in the text format of Prometheus */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List experiments, newest first */
        get: {
            parameters: {
                query?: {
                    tag?: string;
                    state?: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
                    /** @description Items at most */
                    limit?: number;
                    /** @description The nextCursor of the page before */
                    cursor?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["ExperimentSummary"][];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Submit an experiment
         * @description What is absent comes from the declaration of the training function, else from these defaults: sampler gp (tpe beyond 1000 trials and under asha and hyperband), scheduler median, maxAttempts 3, maxSilenceSeconds 600, priority 1, replicates 1. An Idempotency-Key makes the request safe to repeat: the first one is answered with 201, the same again with 200 and the same experiment, another body under the same key with 409. Parameters of the training function that `space` leaves out are held at their defaults.
         */
        post: {
            parameters: {
                query?: {
                    /** @description Resolves the submission, says what would run, and runs nothing */
                    dryRun?: boolean;
                };
                header?: {
                    /** @description Chosen by the client; the same key with the same body is the same request, however often it is sent */
                    "idempotency-key"?: string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Submission"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Submitted"] | components["schemas"]["DryRun"];
                    };
                };
                /** @description The experiment that a submission made */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Submitted"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One experiment: what was specified and where it stands */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Experiment"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        /**
         * Delete
         * @description Stops the experiment and removes all it left. From here on it is gone (410).
         */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The result so far
         * @description The incumbent is the best completed trial; while none has completed, the best last report, and provisional.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Wait so long for a document other than that of If-None-Match or, without If-None-Match, for the end of the experiment */
                    waitSeconds?: number;
                };
                header?: {
                    /** @description ETag of the document at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Result"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/result/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The result, live, as server-sent events
         * @description One event `result` for what it is, and one whenever it or a curve has changed, at most one a second; each holds all that came before it. The stream closes when the experiment has ended; asked again after its last event it answers 204.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Id of the event that a reconnecting client saw last */
                    "last-event-id"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["Result"];
                    };
                };
                /** @description The experiment has ended, and the client knows its result */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/ablation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What each component of an ablation is worth
         * @description Differences to the baseline, paired by seed, with what the trials say so far. As JSON or, where Accept asks for it, as text or CSV.
         */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AblationStudy"];
                        "text/plain": string;
                        "text/csv": string;
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop
         * @description Cancels what runs and keeps all results.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause
         * @description Starts nothing new; what runs goes on to its end.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume
         * @description Where no live worker holds the pinned version of the training function any more, the version that most slots hold is pinned anew, and checkpoints of the old one are not resumed from.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/extend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Extend
         * @description Gives an experiment more trials or more time. One that has ended is taken up anew, and an end that a budget has begun is taken back; what was told to stop by then stays stopped. While a requested stop is under way the answer is 409, and so it is where the budget that ended the experiment is not extended. With an Idempotency-Key the same request counts once, however often it is sent within a day; another body under the same key is answered with 409.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client; the same key with the same body is the same request, however often it is sent */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/enqueue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enqueue a configuration
         * @description It runs before further suggestions. Absent parameters take their defaults. Where no trial is left for it the answer is 409. With an Idempotency-Key the same request counts once, however often it is sent within a day; another body under the same key is answered with 409.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client; the same key with the same body is the same request, however often it is sent */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EnqueuedConfiguration"];
                };
            };
            responses: {
                /** @description Default Response */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ControlAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a trial to run
         * @description For experiments submitted with `execution: "ask"`. The trial is the caller's until it tells its outcome or says nothing for a whole lease; then somebody else gets it. With an Idempotency-Key the same ask again brings the same trial while it runs.
         */
        post: {
            parameters: {
                query?: never;
                header?: {
                    /** @description Chosen by the client; the same key with the same body is the same request, however often it is sent */
                    "idempotency-key"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Ask"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Asked"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report a measurement
         * @description Steps grow within an attempt; the first report of a step counts, so a report may be sent again. Where the scheduler decides, the answer waits for it. After `pause` the attempt is over, and a later ask may bring the trial again; after `stop`, tell.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AskerReport"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Decided"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Say that the trial goes on
         * @description Needed only where reports are further apart than the lease.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Heartbeat"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HeartbeatAnswer"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/tell": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell how the trial ended
         * @description `failed` trials are tried again up to `maxAttempts`, `infeasible` ones are not. May be sent again: what was told first stands.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Tell"];
                };
            };
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Told"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The trials of an experiment */
        get: {
            parameters: {
                query?: {
                    state?: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
                    /** @description Trials that lack what is sorted by are left out; running ones have a value, their last report, only where state is `running` */
                    sort?: "number" | "value" | "duration";
                    /** @description Equal ones come by number, the lowest first, either way */
                    order?: "ascending" | "descending";
                    /** @description Items at most */
                    limit?: number;
                    /** @description The nextCursor of the page before */
                    cursor?: string;
                };
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Trial"][];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One trial */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrialDetail"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/group": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The lockstep group of a trial's last attempt: its ranks, where they run, how fast, and what the all-reduces take */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The lockstep group of the last attempt */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["LockstepGroup"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/curve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every report of a trial, in the order of arrival */
        get: {
            parameters: {
                query?: {
                    /** @description Items at most */
                    limit?: number;
                    /** @description The nextCursor of the page before */
                    cursor?: string;
                    /** @description The whole curve in one page, thinned to so many points for display; those at rungs all stay */
                    points?: number;
                };
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["CurvePoint"][];
                            nextCursor: string | null;
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last lines that a trial printed, as text or, where Accept asks for it, as JSON */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                        "application/json": components["schemas"]["TrialLog"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/artefacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The artefacts of a trial */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Artefact"][];
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/trials/{n}/artefacts/{name}/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One file of an artefact
         * @description The address of `model/model.json` is what `tf.loadLayersModel` takes: it finds the weights beside it.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                    /** @description Trial number */
                    n: number;
                    /** @description Name of the artefact */
                    name: string;
                    /** @description Name of a file of the artefact */
                    file: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                        "application/octet-stream": unknown;
                    };
                };
                /** @description Default Response */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The log, live, as server-sent events
         * @description Each event is named by its type, has its number as id, and the entry as data. The stream closes when the experiment has ended; asked again after the last event it answers 204, at which an EventSource stops reconnecting.
         */
        get: {
            parameters: {
                query?: {
                    /** @description Send the entries after this number; default: all */
                    after?: number;
                };
                header?: {
                    /** @description What a reconnecting client saw last; goes before `after` */
                    "last-event-id"?: number;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Events */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["LogEvent"];
                    };
                };
                /** @description The experiment has ended, and there is nothing after the number given */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the search went: values by number, and the best so far */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HistoryPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Completed trials with their params, for parallel coordinates and slices */
        get: {
            parameters: {
                query?: {
                    /** @description Names with commas between them; all where absent */
                    parameters?: string;
                    /** @description Trials at most; fewer where there are many parameters */
                    limit?: number;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PointsPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/curves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Learning curves of the best trials and of some others */
        get: {
            parameters: {
                query?: {
                    /** @description The best trials; 20 where absent */
                    top?: number;
                    /** @description Trials evenly by rank among the others; 60 where absent */
                    others?: number;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurvesPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/contour": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is expected of any two parameters */
        get: {
            parameters: {
                query: {
                    /** @description Name of a parameter */
                    x: string;
                    y: string;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContourPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/importance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How much each parameter matters */
        get: {
            parameters: {
                query?: {
                    method?: "fanova" | "ped-anova";
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ImportancePlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/edf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The empirical distribution of values */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DistributionPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/rungs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the scheduler decided at each rung */
        get: {
            parameters: {
                query?: never;
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RungsPlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/trials": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A stretch of a table of trials, filtered and sorted by any column */
        get: {
            parameters: {
                query?: {
                    /** @description Conditions that all must hold: `value<0.3 learningRate>=1e-3 optimizer=adam state=completed` */
                    filter?: string;
                    /** @description `number`, `value`, `state` or the name of a parameter */
                    sort?: string;
                    order?: "ascending" | "descending";
                    offset?: number;
                    limit?: number;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrialListing"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The attempts of one trial: where each ran, when, and how it ended */
        get: {
            parameters: {
                query: {
                    /** @description Its number */
                    trial: number;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrialAttempts"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/plots/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which slot ran what, and when it was idle */
        get: {
            parameters: {
                query?: {
                    /** @description ms since 1970 */
                    from?: number;
                    /** @description ms since 1970 */
                    to?: number;
                };
                header?: {
                    /** @description ETag of the answer at hand */
                    "if-none-match"?: string;
                };
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TimelinePlot"];
                    };
                };
                /** @description Nothing newer than If-None-Match */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/experiments/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The experiment as a file: CSV, JSON lines, Parquet, TensorBoard, MLflow
         * @description As it stands while it is read; of an experiment that runs, later trials are in it as far as they have come.
         */
        get: {
            parameters: {
                query: {
                    /** @description tensorboard (a log directory) and mlflow (a folder of runs) come as a tar.gz archive */
                    format: "csv" | "jsonl" | "parquet" | "tensorboard" | "mlflow";
                    /** @description Of csv, jsonl and parquet: a row for each trial (default), or for each report, with a row for each of its metrics in csv and parquet */
                    table?: "trials" | "curves";
                };
                header?: never;
                path: {
                    /** @description Experiment id */
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The file */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/csv": unknown;
                        "application/jsonl": unknown;
                        "application/vnd.apache.parquet": unknown;
                        "application/gzip": unknown;
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Training functions that workers have declared */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["TrainingFunction"][];
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/training-functions/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One training function, with its source text */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Name of a training function */
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TrainingFunctionDetail"];
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pools of workers */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Pool"][];
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Workers that live */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Default Response */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            items: components["schemas"]["Worker"][];
                        };
                    };
                };
                /** @description A refusal */
                "4XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
                /** @description A refusal */
                "5XX": {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** Index */
        Index: {
            /** @constant */
            name: "maggy";
            version: string;
            links: {
                [key: string]: string;
            };
        };
        /**
         * ErrorAnswer
         * @description A refusal
         */
        ErrorAnswer: {
            /** @enum {unknown} */
            code: "invalid" | "malformed-request" | "unauthorized" | "forbidden" | "too-many" | "unknown-training-function" | "not-found" | "gone" | "conflict" | "lease-lost" | "too-large" | "unsupported-media-type" | "corrupt" | "unavailable" | "internal";
            /** @description What is wrong, with the value and the rule */
            message: string;
            /** @description Path of the wrong field, dots between names */
            field?: string;
        };
        /** Float parameter */
        FloatParameter: {
            /** @constant */
            type: "float";
            /** @description Smallest value, inclusive */
            min: number;
            /** @description Largest value, inclusive */
            max: number;
            /**
             * @description Values are spread evenly by order of magnitude
             * @constant
             */
            scale?: "log";
            /** @description Distance of the values, counted from min; max must be one of them */
            step?: number;
            default?: number;
            /** @description The parameter is active only while every parameter named here is active and has the value, or one of the values, given */
            when?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
        };
        /** Int parameter */
        IntParameter: {
            /** @constant */
            type: "int";
            /** @description Smallest value, inclusive */
            min: number;
            /** @description Largest value, inclusive */
            max: number;
            /**
             * @description Values are spread evenly by order of magnitude
             * @constant
             */
            scale?: "log";
            /** @description Distance of the values, counted from min; max must be one of them */
            step?: number;
            default?: number;
            /** @description The parameter is active only while every parameter named here is active and has the value, or one of the values, given */
            when?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
        };
        /**
         * Categorical parameter
         * @description One of several values without an order
         */
        CategoricalParameter: {
            /** @constant */
            type: "categorical";
            choices: (string | number | boolean)[];
            default?: string | number | boolean;
            /** @description The parameter is active only while every parameter named here is active and has the value, or one of the values, given */
            when?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
        };
        /**
         * Ordinal parameter
         * @description One of several values; neighbours in the list are alike
         */
        OrdinalParameter: {
            /** @constant */
            type: "ordinal";
            choices: (number | string)[];
            default?: number | string;
            /** @description The parameter is active only while every parameter named here is active and has the value, or one of the values, given */
            when?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
        };
        /** Constant parameter */
        ConstantParameter: {
            /** @constant */
            type: "constant";
            value: string | number | boolean;
            /** @description The parameter is active only while every parameter named here is active and has the value, or one of the values, given */
            when?: {
                [key: string]: (string | number | boolean) | (string | number | boolean)[];
            };
        };
        /**
         * RandomSampler
         * @description Independent draws from the search space
         */
        RandomSampler: {
            /** @constant */
            type: "random";
        };
        /**
         * GridSampler
         * @description Every configuration once; the experiment ends when all are done
         */
        GridSampler: {
            /** @constant */
            type: "grid";
            /** @description Levels of each continuous parameter, both bounds included */
            resolution?: number;
        };
        /**
         * SobolSampler
         * @description Points of a scrambled Sobol sequence: evenly spread, no learning
         */
        SobolSampler: {
            /** @constant */
            type: "sobol";
        };
        /**
         * GpSampler
         * @description Bayesian optimisation with a Gaussian process
         */
        GpSampler: {
            /** @constant */
            type: "gp";
            /** @description The same params always give the same loss, so differences between trials are no noise */
            deterministic?: boolean;
        };
        /**
         * TpeSampler
         * @description Tree-structured Parzen estimator: learns from every outcome, cheap at any length of history
         */
        TpeSampler: {
            /** @constant */
            type: "tpe";
        };
        /**
         * NoScheduler
         * @description Every trial runs to its end
         */
        NoScheduler: {
            /** @constant */
            type: "none";
        };
        /**
         * MedianScheduler
         * @description Stops a trial whose best value is worse than the median at its step
         */
        MedianScheduler: {
            /** @constant */
            type: "median";
            /** @description No trial is stopped at or before this step */
            warmupSteps?: number;
            /** @description Other trials that must have reported at the step */
            minTrials?: number;
            /** @description Decide at every interval-th step */
            interval?: number;
        };
        /**
         * AshaScheduler
         * @description Asynchronous successive halving: only the best of each rung go on to the next
         */
        AshaScheduler: {
            /** @constant */
            type: "asha";
            /** @description Steps to the first rung, 1 by default */
            minResource?: number;
            /** @description Steps of a whole training; by default what the training function declares */
            maxResource?: number;
            /** @description One in so many goes on from each rung, 3 by default */
            reductionFactor?: number;
            /**
             * @description stop (default): a trial among the best at its rung goes on, others stop at once. promote: a trial pauses at its rung, and goes on from its checkpoint once it is among the best
             * @enum {unknown}
             */
            mode?: "stop" | "promote";
        };
        /**
         * HyperbandScheduler
         * @description Asynchronous successive halving with several first rungs, in case early results mislead
         */
        HyperbandScheduler: {
            /** @constant */
            type: "hyperband";
            /** @description Steps to the first rung, 1 by default */
            minResource?: number;
            /** @description Steps of a whole training; by default what the training function declares */
            maxResource?: number;
            /** @description One in so many goes on from each rung, 3 by default */
            reductionFactor?: number;
            /**
             * @description stop (default): a trial among the best at its rung goes on, others stop at once. promote: a trial pauses at its rung, and goes on from its checkpoint once it is among the best
             * @enum {unknown}
             */
            mode?: "stop" | "promote";
            /** @description Brackets, the most eager first; by default one for each rung */
            brackets?: number;
        };
        /**
         * Module
         * @description Everything between two layers, both included
         */
        Module: {
            from: string;
            to: string;
        };
        /**
         * Ablation
         * @description The components of the study
         */
        Ablation: {
            /**
             * @description leave-one-out (default): each component alone. leave-two-out: each pair too. one-in: starts without any component and adds one. path: from one configuration of hyperparameters to another, the best change first
             * @enum {unknown}
             */
            mode?: "leave-one-out" | "leave-two-out" | "one-in" | "path";
            /** @description Features of the data, or "all" */
            features?: "all" | string[];
            /** @description Layers of the model, or "all" */
            layers?: "all" | string[];
            /** @description Layers left out together: a list of names, or how their names begin */
            groups?: (string | string[])[];
            modules?: components["schemas"]["Module"][];
            /** @description Other models and data sets that the training function declares, or "all" */
            variants?: "all" | string[];
            /** @description Hyperparameters set back to their defaults, one at a time, or "all" */
            hparams?: "all" | string[];
            /** @description Value of each active parameter by name; inactive parameters are absent */
            start?: {
                [key: string]: string | number | boolean;
            };
            /** @description Runs more replicates of what the data cannot tell yet, in up to three looks; the level of the tests is spent over them */
            adaptive?: boolean;
            /** @description Of an adaptive study, replicates of a component at most; default: 4 × replicates */
            maxReplicates?: number;
            /** @description Differences of the metric up to this do not matter; default: the baseline's deviation between seeds */
            margin?: number;
            /** @description Allows a dense layer or 1×1 convolution in the place of what changed the shape, where the rest does not fit */
            bridges?: boolean;
        };
        /**
         * Lockstep
         * @description Each trial is trained data-parallel by a group of ranks
         */
        Lockstep: {
            /** @description Ranks that train one model together */
            worldSize: number;
            /** @description Ranks to start with where no more slots are free after regroupSeconds; worldSize where absent */
            minWorldSize?: number;
            /** @description How long a group waits for its whole world size before it takes fewer ranks */
            regroupSeconds?: number;
            /** @description Of the checkpoints that the training function saves, those whose step is a multiple of this are written */
            checkpointEverySteps?: number;
            /** @description Attempts of a trial that may lose a rank; after so many the trial has failed */
            maxGenerations?: number;
            /** @description A rank whose communication is silent for so long is lost */
            silenceSeconds?: number;
            /**
             * @description Gradients travel rounded to half their bytes; what rounding takes away is added at the next step
             * @constant
             */
            compression?: "float16";
            /** @description Whether what goes between machines is encrypted (default); it is authenticated in any case */
            tls?: boolean;
        };
        /** Submission */
        Submission: {
            /** @enum {unknown} */
            kind: "tune" | "train" | "ablate";
            trainingFunction: string;
            name?: string;
            tags?: string[];
            note?: string;
            /**
             * @description Who runs the trials: workers of the pool (default), or whoever asks for them over HTTP
             * @enum {unknown}
             */
            execution?: "workers" | "ask";
            /** @description Pool of workers */
            pool?: string;
            /** @description Parameters by name */
            space?: {
                [key: string]: components["schemas"]["FloatParameter"] | components["schemas"]["IntParameter"] | components["schemas"]["CategoricalParameter"] | components["schemas"]["OrdinalParameter"] | components["schemas"]["ConstantParameter"];
            };
            /** @description Value of each active parameter by name; inactive parameters are absent */
            hparams?: {
                [key: string]: string | number | boolean;
            };
            /** @description Experiment id */
            from?: string;
            metric?: string;
            /** @enum {unknown} */
            direction?: "minimize" | "maximize";
            /**
             * @description Short for a sampler and a scheduler: random and none, random and asha, gp and none
             * @enum {unknown}
             */
            optimizer?: "random" | "asha" | "bayesian";
            /** @description Proposes params */
            sampler?: components["schemas"]["RandomSampler"] | components["schemas"]["GridSampler"] | components["schemas"]["SobolSampler"] | components["schemas"]["GpSampler"] | components["schemas"]["TpeSampler"] | ({
                type: string;
            } & {
                [key: string]: unknown;
            });
            /** @description Stops bad trials early */
            scheduler?: components["schemas"]["NoScheduler"] | components["schemas"]["MedianScheduler"] | components["schemas"]["AshaScheduler"] | components["schemas"]["HyperbandScheduler"] | ({
                type: string;
            } & {
                [key: string]: unknown;
            });
            /** @description Distinct trials, failed ones included */
            maxTrials?: number;
            /** @description Trials at once at most; default: its share of the slots */
            parallelism?: number;
            /** @description Attempts a trial may fail before it is failed */
            maxAttempts?: number;
            /** @description A trial that reports, prints and saves nothing for so long is ended and retried */
            maxSilenceSeconds?: number;
            /** @description Seed of the whole experiment; drawn when absent */
            seed?: number;
            /** @description Weight of the experiment in the shares of its pool */
            priority?: number;
            /** @description Trials of each configuration, with different seeds */
            replicates?: number;
            /** @description Running time of the experiment; time paused does not count */
            maxDurationSeconds?: number;
            /** @description The experiment ends when a completed trial is at least as good */
            targetValue?: number;
            /** @description One more failed trial than this fails the experiment */
            maxFailedTrials?: number;
            /** @description Arguments for the training function's dataset function, beside the seed */
            dataset?: {
                [key: string]: unknown;
            };
            ablation?: components["schemas"]["Ablation"];
            lockstep?: components["schemas"]["Lockstep"];
        };
        /** ExperimentLinks */
        ExperimentLinks: {
            /** @description Path on this server */
            self: string;
            /** @description Path on this server */
            result: string;
            /** @description Path on this server */
            trials: string;
            /** @description Path on this server */
            events: string;
        };
        /**
         * Submitted
         * @description The experiment that a submission made
         */
        Submitted: {
            /** @description Experiment id */
            id: string;
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            links: components["schemas"]["ExperimentLinks"];
        };
        /**
         * Exclusion
         * @description What a trial leaves out; hyperparameters that are set back are in its params
         */
        Exclusion: {
            features?: string[];
            layers?: string[];
            modules?: components["schemas"]["Module"][];
            variant?: string;
            bridges?: boolean;
        };
        /** PlannedComponent */
        PlannedComponent: {
            /** @description "baseline", or what is studied: "layer conv1", "feature sex + hparam dropout" */
            name: string;
            /** @description The single components it consists of; none for the baseline */
            parts: string[];
            exclusion: components["schemas"]["Exclusion"];
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            /** @description Numbers in its model's weights, as a worker counted them; absent where none could */
            parameters?: number;
        };
        /**
         * Look
         * @description A moment at which the tests are made
         */
        Look: {
            /** @description Of each component that is still studied, those of earlier looks included */
            replicates: number;
            /** @description Chance of one false finding or more that this look may spend */
            level: number;
        };
        /** AblationPlan */
        AblationPlan: {
            /**
             * @description leave-one-out (default): each component alone. leave-two-out: each pair too. one-in: starts without any component and adds one. path: from one configuration of hyperparameters to another, the best change first
             * @enum {unknown}
             */
            mode: "leave-one-out" | "leave-two-out" | "one-in" | "path";
            /** @description The baseline first. In mode path: where it starts and where it leads; what lies between follows from the trials */
            components: components["schemas"]["PlannedComponent"][];
            /** @description Differences up to this do not matter */
            margin?: number;
            /** @description More than one in an adaptive study only */
            looks: components["schemas"]["Look"][];
            /** @description In mode path: replicates after which the candidates of a step that fall behind leave the race */
            race?: number[];
            /** @description In mode path: numbers in the weights of the models that it can lead through; absent where they are too many to be counted beforehand */
            sizes?: {
                /** @description Value of each active parameter by name; inactive parameters are absent */
                params: {
                    [key: string]: string | number | boolean;
                };
                parameters: number;
            }[];
        };
        /** LockstepPlan */
        LockstepPlan: {
            /** @description Ranks that train one model together */
            worldSize: number;
            /** @description Ranks to start with where no more slots are free after regroupSeconds; worldSize where absent */
            minWorldSize: number;
            /** @description How long a group waits for its whole world size before it takes fewer ranks */
            regroupSeconds: number;
            /** @description Of the checkpoints that the training function saves, those whose step is a multiple of this are written */
            checkpointEverySteps: number;
            /** @description Attempts of a trial that may lose a rank; after so many the trial has failed */
            maxGenerations: number;
            /** @description A rank whose communication is silent for so long is lost */
            silenceSeconds: number;
            /**
             * @description Gradients travel rounded to half their bytes; what rounding takes away is added at the next step
             * @constant
             */
            compression?: "float16";
            /** @description Whether what goes between machines is encrypted (default); it is authenticated in any case */
            tls?: boolean;
        };
        /** Specification */
        Specification: {
            /** @constant */
            version: 1;
            /** @description Experiment id */
            id: string;
            /** @enum {unknown} */
            kind: "tune" | "train" | "ablate";
            name?: string;
            tags: string[];
            note?: string;
            /** @description Experiment id */
            from?: string;
            trainingFunction: {
                name: string;
                hash: string;
            };
            /**
             * @description Who runs the trials: workers of the pool (default), or whoever asks for them over HTTP
             * @enum {unknown}
             */
            execution?: "workers" | "ask";
            /** @description Pool of workers */
            pool: string;
            /** @description Parameters by name */
            space: {
                [key: string]: components["schemas"]["FloatParameter"] | components["schemas"]["IntParameter"] | components["schemas"]["CategoricalParameter"] | components["schemas"]["OrdinalParameter"] | components["schemas"]["ConstantParameter"];
            };
            metric: string;
            /** @enum {unknown} */
            direction: "minimize" | "maximize";
            sampler: {
                type: string;
            } & {
                [key: string]: unknown;
            };
            scheduler: {
                type: string;
            } & {
                [key: string]: unknown;
            };
            decisionSteps: {
                /** @constant */
                at: "never";
            } | {
                /** @constant */
                at: "every";
                first: number;
                interval: number;
            } | {
                /** @constant */
                at: "steps";
                steps: number[];
                last: number;
            };
            /** @description Distinct trials, failed ones included */
            maxTrials: number;
            /** @description Trials at once at most; default: its share of the slots */
            parallelism?: number;
            /** @description Attempts a trial may fail before it is failed */
            maxAttempts: number;
            /** @description A trial that reports, prints and saves nothing for so long is ended and retried */
            maxSilenceSeconds: number;
            /** @description Seed of the whole experiment; drawn when absent */
            seed: number;
            /** @description Weight of the experiment in the shares of its pool */
            priority: number;
            /** @description Trials of each configuration, with different seeds */
            replicates: number;
            /** @description Running time of the experiment; time paused does not count */
            maxDurationSeconds?: number;
            /** @description The experiment ends when a completed trial is at least as good */
            targetValue?: number;
            /** @description One more failed trial than this fails the experiment */
            maxFailedTrials?: number;
            /** @description Arguments for the training function's dataset function, beside the seed */
            dataset: {
                [key: string]: unknown;
            };
            ablation?: components["schemas"]["AblationPlan"];
            lockstep?: components["schemas"]["LockstepPlan"];
        };
        /** DryRun */
        DryRun: {
            specification: components["schemas"]["Specification"];
            /** @description Why the models of an ablation were not built to look at them; absent where they were */
            unchecked?: string;
        };
        /**
         * TrialLinks
         * @description Paths on this server
         */
        TrialLinks: {
            self: string;
            curve: string;
            log: string;
            /** @description Its model and checkpoint */
            artefacts: string;
        };
        /** ExperimentSummary */
        ExperimentSummary: {
            id: string;
            name: string | null;
            tags: string[];
            /** @enum {unknown} */
            kind: "tune" | "train" | "ablate";
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            stopReason: ("maxTrials" | "spaceExhausted" | "planDone" | "maxDuration" | "targetValue" | "maxFailedTrials" | "requested" | "deleted") | null;
            trainingFunction: string;
            /** @description Pool of workers */
            pool: string;
            metric: string;
            /** @enum {unknown} */
            direction: "minimize" | "maximize";
            /** @description Distinct trials, failed ones included */
            maxTrials: number;
            /** @description ms since 1970, Redis time */
            createdAt: number;
            counts: {
                queued: number;
                running: number;
                paused: number;
                completed: number;
                stopped: number;
                failed: number;
            };
            incumbent: {
                number: number;
                /** @description Value of each active parameter by name; inactive parameters are absent */
                params: {
                    [key: string]: string | number | boolean;
                };
                value: number;
                /** @description True while no trial has completed: the best last report */
                provisional: boolean;
                links?: components["schemas"]["TrialLinks"];
            } | null;
        };
        /** Experiment */
        Experiment: {
            id: string;
            name: string | null;
            tags: string[];
            /** @enum {unknown} */
            kind: "tune" | "train" | "ablate";
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            stopReason: ("maxTrials" | "spaceExhausted" | "planDone" | "maxDuration" | "targetValue" | "maxFailedTrials" | "requested" | "deleted") | null;
            trainingFunction: string;
            /** @description Pool of workers */
            pool: string;
            metric: string;
            /** @enum {unknown} */
            direction: "minimize" | "maximize";
            /** @description Distinct trials, failed ones included */
            maxTrials: number;
            /** @description ms since 1970, Redis time */
            createdAt: number;
            counts: {
                queued: number;
                running: number;
                paused: number;
                completed: number;
                stopped: number;
                failed: number;
            };
            incumbent: {
                number: number;
                /** @description Value of each active parameter by name; inactive parameters are absent */
                params: {
                    [key: string]: string | number | boolean;
                };
                value: number;
                /** @description True while no trial has completed: the best last report */
                provisional: boolean;
                links?: components["schemas"]["TrialLinks"];
            } | null;
            /** @description Running time, paused time left out */
            durationSeconds: number;
            waitingFor: string | null;
            /** @description Content hash of the training function that its trials run now */
            pinnedHash: string;
            specification: components["schemas"]["Specification"];
            links: components["schemas"]["ExperimentLinks"];
        };
        /** ControlAnswer */
        ControlAnswer: {
            id: string;
            /** @description False where what was asked for held already */
            changed: boolean;
            links: components["schemas"]["ExperimentLinks"];
        };
        /** Result */
        Result: {
            id: string;
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            stopReason: ("maxTrials" | "spaceExhausted" | "planDone" | "maxDuration" | "targetValue" | "maxFailedTrials" | "requested" | "deleted") | null;
            incumbent: {
                number: number;
                /** @description Value of each active parameter by name; inactive parameters are absent */
                params: {
                    [key: string]: string | number | boolean;
                };
                value: number;
                /** @description True while no trial has completed: the best last report */
                provisional: boolean;
                links?: components["schemas"]["TrialLinks"];
            } | null;
            /** @description The reason for which most of the failed trials failed; null where none has */
            failure: {
                /**
                 * @description error: the training function threw; diverged: NaN or infinite metric; infeasible: the configuration cannot be run; silent: nothing reported, printed or saved within maxSilenceSeconds; crashed: its process ended by itself; killed: something else ended its process, for want of memory as a rule
                 * @enum {unknown}
                 */
                reason: "error" | "diverged" | "infeasible" | "silent" | "crashed" | "killed";
                /** @description Trials that failed for this reason */
                trials: number;
                /** @description The first of them */
                trial: number;
                /** @description Its message */
                message: string;
                links?: components["schemas"]["TrialLinks"];
            } | null;
            counts: {
                queued: number;
                running: number;
                paused: number;
                completed: number;
                stopped: number;
                failed: number;
            };
            resource: {
                /** @description Steps reported by all trials */
                used: number;
                /** @description Steps that early stopping spared, against the longest completed trial */
                saved: number;
                /** @description Rungs in rising order; empty where the scheduler has none */
                rungs: {
                    /** @description Steps to this rung */
                    resource: number;
                    /** @description Trials that reached it; at the last one, those that completed */
                    trials: number;
                }[];
            };
            /** @description Running time, paused time left out */
            durationSeconds: number;
            waitingFor: string | null;
            /** @description Number of the last log entry this document contains */
            position: number;
        };
        /**
         * StudyLook
         * @description When tests are made, and what each may spend of the 5 %
         */
        StudyLook: {
            replicates: number;
            level: number;
            begun: boolean;
        };
        /**
         * DurationChange
         * @description Change in the time of a trial. A first trial also loads its data and warms its process up
         */
        DurationChange: {
            /** @description Pairs of trials with the same seed, neither of them retried, or the first of its process with its data */
            pairs: number;
            differenceSeconds: number;
            intervalSeconds: [
                number,
                number
            ] | null;
        };
        /** AblatedComponent */
        AblatedComponent: {
            name: string;
            parts: string[];
            /** @description Trials with a value */
            completed: number;
            /** @description Trials that failed */
            failed: number;
            /** @description Trials that were stopped before they had a value */
            stopped: number;
            mean: number | null;
            standardDeviation: number | null;
            reference: number | null;
            /** @description Pairs of trials with the same seed that both have a value */
            pairs: number;
            difference: number | null;
            interval: [
                number,
                number
            ] | null;
            pValue: number | null;
            adjustedPValue: number | null;
            effectSize: number | null;
            confidence: number | null;
            parameters: number | null;
            duration: components["schemas"]["DurationChange"] | null;
            /**
             * @description What became of the metric when the component was left out or, in mode one-in, added, or the step of a path was taken; unfinished until all trials of its look are over
             * @enum {unknown}
             */
            verdict: "worse" | "better" | "no-matter" | "unclear" | "failed" | "stopped" | "unfinished";
            /** @description Why its first failed trial failed */
            failure?: string;
        };
        /**
         * Interaction
         * @description What a pair does beyond its parts; tested as a family of their own
         */
        Interaction: {
            parts: [
                string,
                string
            ];
            /** @description Pairs of trials with the same seed that both have a value */
            pairs: number;
            difference: number | null;
            interval: [
                number,
                number
            ] | null;
            pValue: number | null;
            adjustedPValue: number | null;
            effectSize: number | null;
            confidence: number | null;
            /**
             * @description Whether leaving out both costs more or less than its parts together, as a test of the interactions tells
             * @enum {unknown}
             */
            verdict: "costs-more" | "costs-less" | "unclear";
        };
        /**
         * PathStep
         * @description Of the chosen one the mean is biased, because it was chosen by it: the gain is that of its component
         */
        PathStep: {
            /** @description The change that looked best */
            chosen: string;
            candidates: {
                name: string;
                /** @description Replicates until it fell behind, or the race was over; none where there was no choice */
                trials: number;
                mean: number | null;
            }[];
        };
        /**
         * AblationPath
         * @description In mode path: how each step was chosen
         */
        AblationPath: {
            steps: components["schemas"]["PathStep"][];
            /** @description From its start to its end */
            total: {
                /** @description Pairs of trials with the same seed that both have a value */
                pairs: number;
                difference: number | null;
                interval: [
                    number,
                    number
                ] | null;
                pValue: number | null;
                adjustedPValue: number | null;
                effectSize: number | null;
                confidence: number | null;
            };
        };
        /** Ablation study */
        AblationStudy: {
            /**
             * @description leave-one-out (default): each component alone. leave-two-out: each pair too. one-in: starts without any component and adds one. path: from one configuration of hyperparameters to another, the best change first
             * @enum {unknown}
             */
            mode: "leave-one-out" | "leave-two-out" | "one-in" | "path";
            metric: string;
            /** @enum {unknown} */
            direction: "minimize" | "maximize";
            /**
             * @description Tests are made when all trials of a look are over; cut short where the experiment ended before that
             * @enum {unknown}
             */
            progress: "under-way" | "whole" | "cut-short";
            /** @description Of each component, at the first look */
            replicates: number;
            looks: components["schemas"]["StudyLook"][];
            baseline: {
                /** @description Trials with a value */
                completed: number;
                /** @description Trials that failed */
                failed: number;
                /** @description Trials that were stopped before they had a value */
                stopped: number;
                mean: number | null;
                standardDeviation: number | null;
                parameters: number | null;
                durationSeconds: number | null;
            };
            margin: number | null;
            /**
             * @description The margin of the submission, or the baseline's deviation between seeds
             * @enum {unknown}
             */
            marginSource: "asked" | "baseline";
            /** @description The one whose change is worst first, those without a difference last; the steps of a path in their order, each against the one before */
            components: components["schemas"]["AblatedComponent"][];
            /** @description Of the pairs of mode leave-two-out, the largest first */
            interactions: components["schemas"]["Interaction"][];
            path: components["schemas"]["AblationPath"] | null;
            /** @description What may be said of it, in sentences */
            words: string[];
        };
        /** Extension */
        Extension: {
            /** @description Further distinct trials */
            maxTrials?: number;
            /** @description Further running time */
            maxDurationSeconds?: number;
        };
        /** EnqueuedConfiguration */
        EnqueuedConfiguration: {
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
        };
        /** Ask */
        Ask: {
            /** @description Who asks, for people to read */
            worker?: string;
            /** @description Wait so long for a trial; 0 by default */
            waitSeconds?: number;
            /** @description Silence after which somebody else gets the trial, 60 by default; each request about the trial begins it anew */
            leaseSeconds?: number;
        };
        /** AskedTrial */
        AskedTrial: {
            number: number;
            attempt: number;
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            seed: number;
            /** @description Under a scheduler with rungs: the step of the next one, which is to be reported */
            resource?: number;
            /** @description Earlier attempts have reported up to this step: go on from what you kept of them, or start over from step 1 */
            resumeFrom?: {
                step: number;
            };
            /** @description The token that came with the trial */
            token: string;
            /** @description Silence after which somebody else gets the trial, 60 by default; each request about the trial begins it anew */
            leaseSeconds: number;
        };
        /** Asked */
        Asked: {
            /** @description null: nothing now */
            trial: components["schemas"]["AskedTrial"] | null;
            /** @description Nothing will ever come, unless the experiment is extended */
            done: boolean;
        };
        /** AskerReport */
        AskerReport: {
            /** @description The token that came with the trial */
            token: string;
            step: number;
            /** @description null where it is NaN or infinite: the trial has diverged */
            value?: number | null;
            /** @description In place of value: several metrics, the experiment's among them */
            metrics?: {
                [key: string]: number | null;
            };
        };
        /** Decided */
        Decided: {
            /** @enum {unknown} */
            decision: "continue" | "pause" | "stop";
        };
        /** Heartbeat */
        Heartbeat: {
            /** @description The token that came with the trial */
            token: string;
        };
        /** HeartbeatAnswer */
        HeartbeatAnswer: {
            /** @description End the trial, and tell so */
            stop: boolean;
            /** @description Silence after which somebody else gets the trial, 60 by default; each request about the trial begins it anew */
            leaseSeconds: number;
        };
        /** Tell */
        Tell: {
            /** @description The token that came with the trial */
            token: string;
            /** @constant */
            state: "completed";
            /** @description null where it is NaN or infinite: the trial has diverged */
            value?: number | null;
            /** @description In place of value: several metrics, the experiment's among them */
            metrics?: {
                [key: string]: number | null;
            };
        } | {
            /** @description The token that came with the trial */
            token: string;
            /** @constant */
            state: "failed";
            /** @description Why, for people to read; the first 4,000 characters are kept */
            message?: string;
        } | {
            /** @description The token that came with the trial */
            token: string;
            /** @constant */
            state: "stopped";
        } | {
            /** @description The token that came with the trial */
            token: string;
            /** @constant */
            state: "infeasible";
            /** @description Why, for people to read; the first 4,000 characters are kept */
            message?: string;
        };
        /** Told */
        Told: {
            /**
             * @description How the attempt ended: where it was told before, what was told first stands
             * @enum {unknown}
             */
            state: "completed" | "stopped" | "paused" | "failed";
        };
        /** Trial */
        Trial: {
            number: number;
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            seed: number;
            /**
             * @description Where a ready-list entry comes from
             * @enum {unknown}
             */
            origin: "suggested" | "enqueued" | "retry" | "promotion" | "added";
            value: number | null;
            metrics: {
                [key: string]: number;
            } | null;
            lastStep: number;
            reports: number;
            /** @description Attempts started, lost ones included */
            attempts: number;
            failure: {
                /**
                 * @description error: the training function threw; diverged: NaN or infinite metric; infeasible: the configuration cannot be run; silent: nothing reported, printed or saved within maxSilenceSeconds; crashed: its process ended by itself; killed: something else ended its process, for want of memory as a rule
                 * @enum {unknown}
                 */
                reason: "error" | "diverged" | "infeasible" | "silent" | "crashed" | "killed";
                message: string;
            } | null;
            worker: string | null;
            slot: number | null;
            startedAt: number | null;
            endedAt: number | null;
            durationSeconds: number | null;
        };
        /** Rank */
        Rank: {
            rank: number;
            worker: string;
            host: string;
            slot: number;
            worldSize: number;
            /** @description Since its process began, until its last word */
            seconds: number;
            samplesPerSecond: number | null;
            /** @description All-reduces and broadcasts */
            collectives: number;
            /** @description Sent to other ranks */
            bytes: number;
            /** @description Spent in them, waiting for slower ranks included */
            allReduceSeconds: number;
        };
        /**
         * LockstepGroup
         * @description The lockstep group of the last attempt
         */
        LockstepGroup: {
            /** @description The attempt that it carries out */
            generation: number;
            worldSize: number;
            samplesPerSecond: number | null;
            /** @description Those that have joined */
            ranks: components["schemas"]["Rank"][];
        };
        /** TrialDetail */
        TrialDetail: {
            number: number;
            /** @enum {unknown} */
            state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            seed: number;
            /**
             * @description Where a ready-list entry comes from
             * @enum {unknown}
             */
            origin: "suggested" | "enqueued" | "retry" | "promotion" | "added";
            value: number | null;
            metrics: {
                [key: string]: number;
            } | null;
            lastStep: number;
            reports: number;
            /** @description Attempts started, lost ones included */
            attempts: number;
            failure: {
                /**
                 * @description error: the training function threw; diverged: NaN or infinite metric; infeasible: the configuration cannot be run; silent: nothing reported, printed or saved within maxSilenceSeconds; crashed: its process ended by itself; killed: something else ended its process, for want of memory as a rule
                 * @enum {unknown}
                 */
                reason: "error" | "diverged" | "infeasible" | "silent" | "crashed" | "killed";
                message: string;
            } | null;
            worker: string | null;
            slot: number | null;
            startedAt: number | null;
            endedAt: number | null;
            durationSeconds: number | null;
            provenance: {
                [key: string]: unknown;
            } | null;
            group: components["schemas"]["LockstepGroup"] | null;
            links: components["schemas"]["TrialLinks"];
        };
        /**
         * CurvePoint
         * @description One report; steps repeat where a later attempt went over them again
         */
        CurvePoint: {
            attempt: number;
            step: number;
            /** @description The experiment's metric */
            value: number;
            /** @description ms since 1970, Redis time */
            at: number;
            metrics: {
                [key: string]: number;
            };
        };
        /** TrialLog */
        TrialLog: {
            lines: string[];
        };
        /** Artefact */
        Artefact: {
            /** @description `model`, or `checkpoint-` and its step */
            name: string;
            /** @enum {unknown} */
            kind: "model" | "checkpoint";
            /** @description Name of its content in the checkpoint store */
            id: string;
            step: number;
            attempt: number;
            path: string | null;
            /** @description By name; none where the store has lost them */
            files: {
                name: string;
                sizeBytes: number;
                /** @description Path on this server */
                path: string;
            }[];
        };
        /**
         * LogEvent
         * @description One entry of the log of an experiment
         */
        LogEvent: {
            /** @constant */
            type: "submitted";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            specification: components["schemas"]["Specification"];
        } | {
            /** @constant */
            type: "bound";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            /**
             * @description Where a ready-list entry comes from
             * @enum {unknown}
             */
            origin: "suggested" | "enqueued" | "retry" | "promotion" | "added";
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            seed: number;
            resource?: number;
            exclusion?: components["schemas"]["Exclusion"];
            basis: number;
            place: number;
            engine: string;
            worker: string;
            slot: number;
        } | {
            /** @constant */
            type: "added";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            /** @description Value of each active parameter by name; inactive parameters are absent */
            params: {
                [key: string]: string | number | boolean;
            };
            seed: number;
            value: number;
        } | {
            /** @constant */
            type: "attemptLost";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            reports: number;
            lastStep: number;
            /** @description The last report */
            value?: number;
            /** @description Why it was handed back, where somebody could say */
            message?: string;
        } | {
            /** @constant */
            type: "reported";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            step: number;
            value: number;
        } | {
            /** @constant */
            type: "decided";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            step: number;
            /** @enum {unknown} */
            decision: "continue" | "pause" | "stop";
            basis: number;
            engine: string;
        } | {
            /** @constant */
            type: "decisionTimedOut";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            step: number;
        } | {
            /** @constant */
            type: "completed";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            reports: number;
            lastStep: number;
            value: number;
            metrics: {
                [key: string]: number;
            };
        } | {
            /** @constant */
            type: "stopped";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            reports: number;
            lastStep: number;
            /** @description The last report */
            value?: number;
        } | {
            /** @constant */
            type: "paused";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            reports: number;
            lastStep: number;
            /** @description The last report */
            value?: number;
        } | {
            /** @constant */
            type: "failed";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            trial: number;
            attempt: number;
            reports: number;
            lastStep: number;
            /**
             * @description error: the training function threw; diverged: NaN or infinite metric; infeasible: the configuration cannot be run; silent: nothing reported, printed or saved within maxSilenceSeconds; crashed: its process ended by itself; killed: something else ended its process, for want of memory as a rule
             * @enum {unknown}
             */
            reason: "error" | "diverged" | "infeasible" | "silent" | "crashed" | "killed";
            message: string;
        } | {
            /** @constant */
            type: "surrogateFitted";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            observations: number;
            hyperparameters: number[];
            basis: number;
            engine: string;
        } | {
            /** @constant */
            type: "capacityChanged";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            limit: number;
        } | {
            /** @constant */
            type: "timerExpired";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            /** @constant */
            timer: "maxDuration";
            engine: string;
        } | {
            /** @constant */
            type: "controlRequested";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            request: {
                /** @constant */
                action: "stop";
            } | {
                /** @constant */
                action: "pause";
            } | {
                /** @constant */
                action: "resume";
                /** @description Pins this content hash of the training function anew */
                hash?: string;
            } | {
                /** @constant */
                action: "extend";
                maxTrials?: number;
                maxDurationSeconds?: number;
            } | {
                /** @constant */
                action: "enqueue";
                /** @description Value of each active parameter by name; inactive parameters are absent */
                params: {
                    [key: string]: string | number | boolean;
                };
            } | {
                /** @constant */
                action: "delete";
            };
        } | {
            /** @constant */
            type: "ended";
            /** @constant */
            v: 1;
            seq: number;
            at: number;
            /** @enum {unknown} */
            state: "completed" | "stopped" | "failed";
            /** @enum {unknown} */
            stopReason: "maxTrials" | "spaceExhausted" | "planDone" | "maxDuration" | "targetValue" | "maxFailedTrials" | "requested" | "deleted";
            engine: string;
        };
        /** HistoryPlot */
        HistoryPlot: {
            position: number;
            /** @description Trials of the experiment */
            trials: number;
            /** @description Those drawn, by number: one entry in each list a trial */
            points: {
                number: number[];
                value: number[];
                state: ("queued" | "running" | "paused" | "completed" | "stopped" | "failed")[];
            };
            /** @description Completed trials that were better than all with lower numbers */
            best: {
                number: number[];
                value: number[];
            };
            /** @description Numbers of failed trials, which have no value */
            failed: number[];
        };
        /**
         * PlotAxis
         * @description One parameter as an axis of a plot
         */
        PlotAxis: {
            name: string;
            /** @enum {unknown} */
            type: "float" | "int" | "categorical" | "ordinal";
            /** @enum {unknown} */
            scale: "linear" | "log";
            /** @description Of a list 0, the place of its first choice */
            min: number;
            /** @description Of a list the place of its last choice */
            max: number;
            choices: (string | number | boolean)[] | null;
        };
        /** PointsPlot */
        PointsPlot: {
            position: number;
            /** @description Completed trials */
            trials: number;
            axes: components["schemas"]["PlotAxis"][];
            /** @description Those shown, the best first */
            number: number[];
            value: number[];
            /** @description For each axis, the value of each trial shown: a number, the place of a choice, or null where the parameter is inactive */
            columns: (number | null)[][];
        };
        /** CurvesPlot */
        CurvesPlot: {
            position: number;
            /** @description Trials with a value */
            trials: number;
            /** @description The best first */
            curves: {
                number: number;
                /** @enum {unknown} */
                state: "queued" | "running" | "paused" | "completed" | "stopped" | "failed";
                /** @description Final value, or last report */
                value: number | null;
                /** @description Steps reported, of which those drawn are a part */
                reports: number;
                step: number[];
                /** @description What was reported at each step */
                at: number[];
            }[];
        };
        /** ContourPlot */
        ContourPlot: {
            position: number;
            /** @description Completed trials in which both parameters are active */
            trials: number;
            /** @description Of them, those that the answer rests on */
            sample: number;
            x: {
                axis: components["schemas"]["PlotAxis"];
                /** @description Middle of each cell */
                at: number[];
            };
            y: {
                axis: components["schemas"]["PlotAxis"];
                /** @description Middle of each cell */
                at: number[];
            };
            /** @description Trials in which both are active: the best, and others evenly by rank; of those that have not completed, evenly by number */
            points: {
                number: number[];
                x: number[];
                y: number[];
                value: (number | null)[];
                state: ("queued" | "running" | "paused" | "completed" | "stopped" | "failed")[];
            };
            /** @description For each cell of y a list over the cells of x; empty without trials */
            value: number[][];
        };
        /** ImportancePlot */
        ImportancePlot: {
            position: number;
            /** @enum {unknown} */
            method: "fanova" | "ped-anova";
            /** @description Completed trials */
            trials: number;
            /** @description Of them, those that the answer rests on */
            sample: number;
            /** @description The most important first */
            parameters: {
                name: string;
                /** @description Share, from 0 to 1 */
                importance: number;
                /** @description Share of the sample in which it is active */
                active: number;
            }[];
            /** @description What two explain together beyond each by itself, the most important ten; fANOVA alone tells */
            pairs: {
                names: string[];
                importance: number;
            }[];
        };
        /** DistributionPlot */
        DistributionPlot: {
            position: number;
            /** @description Completed trials */
            trials: number;
            /** @description In rising order */
            value: number[];
            share: number[];
        };
        /** RungsPlot */
        RungsPlot: {
            position: number;
            scheduler: string;
            /** @description Steps of a complete trial; null where the scheduler has no rungs */
            last: number | null;
            /** @description In rising order; empty where the scheduler has none */
            rungs: {
                step: number;
                /** @description Trials decided of here */
                arrived: number;
                continued: number;
                stopped: number;
                /** @description Of them, `promoted` were taken up again */
                paused: number;
                promoted: number;
                /** @description The best value reported here */
                best: number | null;
            }[];
            resource: {
                /** @description Steps reported by all trials */
                used: number;
                /** @description Steps that early stopping spared, against the longest completed trial */
                saved: number;
            };
        };
        /** TrialListing */
        TrialListing: {
            position: number;
            /** @description Trials of the experiment */
            trials: number;
            /** @description Those that meet the filter */
            found: number;
            /** @description Place of the first item among them */
            offset: number;
            items: components["schemas"]["Trial"][];
        };
        /** TrialAttempts */
        TrialAttempts: {
            position: number;
            /** @description In the order in which they started */
            items: {
                attempt: number;
                /**
                 * @description Where a ready-list entry comes from
                 * @enum {unknown}
                 */
                origin: "suggested" | "enqueued" | "retry" | "promotion" | "added";
                worker: string;
                slot: number;
                /** @description ms since 1970, Redis time */
                startedAt: number;
                /** @description null while it runs */
                durationSeconds: number | null;
                /** @description null while it runs */
                end: ("completed" | "stopped" | "paused" | "failed" | "lost") | null;
                /** @description Why it failed or was lost, where somebody could say */
                reason: string | null;
            }[];
        };
        /** TimelinePlot */
        TimelinePlot: {
            position: number;
            /** @description Of the window, ms since 1970 */
            from: number;
            to: number;
            lanes: {
                worker: string;
                slot: number;
                /** @description Share of the window */
                busy: number;
            }[];
            /** @description Slots beyond the first ones that worked for it */
            lanesLeftOut: number;
            segments: {
                trial: number[];
                lane: number[];
                from: number[];
                to: number[];
                end: (("completed" | "stopped" | "paused" | "failed" | "lost") | null)[];
            } | null;
            /** @description Where there are too many segments to draw: for each lane the share of each bin in which it was busy */
            bins: number[][] | null;
        };
        /** AblatableLayer */
        AblatableLayer: {
            name: string;
            /** @description Class of the layer */
            type: string;
            /** @description Layers it takes its inputs from */
            inputs: string[];
            parameters: number;
            /** @description An input or output of the model, which cannot be left out */
            isProtected: boolean;
            /** @description Of a model that is a layer, the layers inside, which cannot be named */
            holds?: string[];
        };
        /**
         * Ablatable
         * @description What an ablation can leave out; what is absent is not known before a trial runs
         */
        Ablatable: {
            /** @description Of the model with default hyperparameters, producers first */
            layers?: components["schemas"]["AblatableLayer"][];
            /** @description As the training function declares them */
            features?: string[];
            variants: string[];
        };
        /**
         * TrainingFunction
         * @description A training function, the version that most slots hold first
         */
        TrainingFunction: {
            name: string;
            versions: {
                name: string;
                /** @description SHA-256 over the module and its local imports */
                hash: string;
                /** @description Parameters by name */
                space: {
                    [key: string]: components["schemas"]["FloatParameter"] | components["schemas"]["IntParameter"] | components["schemas"]["CategoricalParameter"] | components["schemas"]["OrdinalParameter"] | components["schemas"]["ConstantParameter"];
                };
                metric: string;
                /** @enum {unknown} */
                direction?: "minimize" | "maximize";
                /** @description Steps that a whole training reports */
                maxResource?: number;
                /** @description Value of each active parameter by name; inactive parameters are absent */
                defaults: {
                    [key: string]: string | number | boolean;
                };
                ablatable?: components["schemas"]["Ablatable"];
                ablation?: components["schemas"]["Ablation"];
                /** @description Pools that have declared this version, with the slots that hold it now: for whole trials, and for ranks of lockstep groups */
                pools: {
                    /** @description Pool of workers */
                    pool: string;
                    slots: number;
                    lockstepSlots: number;
                }[];
            }[];
        };
        /** TrainingFunctionDetail */
        TrainingFunctionDetail: {
            name: string;
            versions: {
                name: string;
                /** @description SHA-256 over the module and its local imports */
                hash: string;
                /** @description Parameters by name */
                space: {
                    [key: string]: components["schemas"]["FloatParameter"] | components["schemas"]["IntParameter"] | components["schemas"]["CategoricalParameter"] | components["schemas"]["OrdinalParameter"] | components["schemas"]["ConstantParameter"];
                };
                metric: string;
                /** @enum {unknown} */
                direction?: "minimize" | "maximize";
                /** @description Steps that a whole training reports */
                maxResource?: number;
                /** @description Value of each active parameter by name; inactive parameters are absent */
                defaults: {
                    [key: string]: string | number | boolean;
                };
                ablatable?: components["schemas"]["Ablatable"];
                ablation?: components["schemas"]["Ablation"];
                /** @description Text of the module */
                source: string;
                /** @description Pools that have declared this version, with the slots that hold it now: for whole trials, and for ranks of lockstep groups */
                pools: {
                    /** @description Pool of workers */
                    pool: string;
                    slots: number;
                    lockstepSlots: number;
                }[];
            }[];
        };
        /** Pool */
        Pool: {
            /** @description Pool of workers */
            name: string;
            workers: number;
            slots: {
                busy: number;
                /** @description Those of workers that are not draining */
                free: number;
            };
            waitingTickets: number;
            /** @description Its lockstep workers, whose slots run ranks of groups */
            lockstep: {
                workers: number;
                slots: {
                    busy: number;
                    /** @description Those of workers that are not draining */
                    free: number;
                };
                waitingGroups: number;
            };
        };
        /** Worker */
        Worker: {
            id: string;
            /** @description Pool of workers */
            pool: string;
            /**
             * @description What its slots run: whole trials, or ranks of lockstep groups
             * @enum {unknown}
             */
            kind: "trials" | "lockstep";
            host: string;
            pid: number;
            /** @description ms since 1970 */
            startedAt: number;
            backend: {
                name: string;
                version: string;
                device: string;
            };
            functions: {
                name: string;
                hash: string;
            }[];
            /** @description Files of the functions folder that cannot be loaded */
            broken: {
                file: string;
                reason: string;
            }[];
            slots: ({
                experiment: string;
                trial: number;
                attempt: number;
                rank?: number;
            } | null)[];
            draining: boolean;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
