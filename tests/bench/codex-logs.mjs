// Codex CLI rollouts: a file a session, below its day.

import path from 'node:path';
import { LogFile, startOf } from './log-file.mjs';

const CODEX_MODELS = { 'gpt-5.1-codex': 4, 'gpt-5-codex': 2, 'gpt-5-mini': 1 };

/** A Codex rollout: counters add up over the session and may be repeated. */
class CodexSession {
    constructor({ rand, texts, project, file, truth }) {
        Object.assign(this, { rand, texts, project, file, truth });
        this.model = rand.weighted(CODEX_MODELS);
        this.context = rand.int(5000, 9000);
        this.total = [0, 0, 0, 0];
    }

    add(type, payload) {
        this.now += this.rand.int(100, 9000);
        const timestamp = new Date(this.now).toISOString();
        this.file.add({ timestamp, type, payload });
    }

    open(id, start) {
        this.now = start;
        this.add('session_meta', {
            id,
            timestamp: new Date(start).toISOString(),
            cwd: this.project.cwd,
            originator: 'codex_cli_rs',
            cli_version: '0.154.0',
            source: 'cli',
            model_provider: 'openai',
            instructions: this.texts.prose(this.rand, 6000),
            git: { branch: this.rand.pick(this.project.branches) },
        });
    }

    turn() {
        const { rand, texts } = this;
        this.add('turn_context', {
            cwd: this.project.cwd,
            approval_policy: 'on-request',
            sandbox_policy: { mode: 'workspace-write', network_access: false },
            model: this.model,
            effort: 'medium',
            summary: 'auto',
        });
        const text = texts.prose(rand, rand.around(180, 1, 6000));
        this.add('event_msg', { type: 'user_message', message: text });
        this.message('user', 'input_text', text);
        this.tokenCount(null);
        for (let n = rand.around(7, 0.8, 60); n > 0; n--) {
            this.step();
        }
        const answer = texts.prose(rand, rand.around(900, 0.8, 12_000));
        this.message('assistant', 'output_text', answer);
        this.add('event_msg', { type: 'agent_message', message: answer });
        this.respond(Math.ceil(answer.length / 4), 0);
    }

    message(role, type, text) {
        this.add('response_item', {
            type: 'message',
            role,
            content: [{ type, text }],
        });
    }

    step() {
        const { rand, texts } = this;
        const call_id = `call_${rand.base62(24)}`;
        const thought = texts.base64(rand, rand.around(1800, 0.7, 20_000));
        this.add('response_item', {
            type: 'reasoning',
            summary: [],
            content: null,
            encrypted_content: thought,
        });
        this.add('response_item', {
            type: 'function_call',
            name: 'shell',
            arguments: JSON.stringify({
                command: ['bash', '-lc', texts.log(rand, 90)],
                workdir: this.project.cwd,
            }),
            call_id,
        });
        const output = texts.code(rand, rand.around(2500, 1.1, 60_000));
        this.respond(rand.around(150, 0.8, 4000), rand.around(200, 0.9, 8000));
        this.add('response_item', {
            type: 'function_call_output',
            call_id,
            output: JSON.stringify({ output, metadata: { exit_code: 0 } }),
        });
        this.context += Math.ceil(output.length / 3.6);
    }

    respond(visible, reasoning) {
        const { truth } = this;
        const input = this.context;
        const cached = Math.floor(input * 0.8);
        const output = visible + reasoning;
        const last = [input, cached, output, reasoning];
        this.total = this.total.map((sum, i) => sum + last[i]);
        this.tokenCount(last);
        if (this.rand.chance(0.2)) {
            this.tokenCount(last);
        }
        truth.requests += 1;
        truth.input_tokens += input;
        truth.cache_read_tokens += cached;
        truth.output_tokens += output;
        this.context += visible;
        if (this.context > 200_000) {
            this.context = this.rand.int(9000, 15_000);
        }
    }

    /** The counters; only the rate limits when `last` is null. */
    tokenCount(last) {
        const members = ([input, cached, output, reasoning]) => ({
            input_tokens: input,
            cached_input_tokens: cached,
            output_tokens: output,
            reasoning_output_tokens: reasoning,
            total_tokens: input + output,
        });
        const info = last && {
            total_token_usage: members(this.total),
            last_token_usage: members(last),
            model_context_window: 272_000,
        };
        const limit = { used_percent: 1.0, window_minutes: 300 };
        this.add('event_msg', {
            type: 'token_count',
            info,
            rate_limits: { primary: limit, secondary: null },
        });
    }
}

export function codexSession({ rand, texts, project, root, truth }) {
    const start = startOf(rand);
    const id = rand.uuid();
    const iso = new Date(start).toISOString();
    const name = `rollout-${iso.slice(0, 19).replace(/:/g, '-')}-${id}.jsonl`;
    const day = iso.slice(0, 10).split('-');
    const file = new LogFile(
        path.join(root, 'codex', 'sessions', ...day, name)
    );
    const session = new CodexSession({ rand, texts, project, file, truth });
    session.open(id, start);
    const size = rand.around(300_000, 1, 4_000_000);
    while (file.bytes < size) {
        session.turn();
    }
    return [file];
}
