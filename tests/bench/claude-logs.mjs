// Claude Code transcripts: a folder a project, a file a session, files of
// sub-agents below it.  With all that makes them hard to count: one response
// on several lines, provisional counts, forks that copy earlier lines, side
// chains that replay the parent's answers, answers again as progress.

import path from 'node:path';
import { LogFile, startOf } from './log-file.mjs';

const CLAUDE_MODELS = {
    'claude-opus-4-5-20251101': 4,
    'claude-sonnet-4-5-20250929': 5,
    'claude-opus-4-1-20250805': 1,
};
const SIDE_MODEL = 'claude-haiku-4-5-20251001';

const TOOLS = { Read: 30, Bash: 30, Edit: 18, Grep: 12, Write: 4, Task: 3 };

/** One conversation with one agent: a main session or a sub-agent's. */
class ClaudeSession {
    constructor({ rand, texts, project, file, truth, start, options }) {
        Object.assign(this, { rand, texts, project, file, truth });
        this.id = options.id;
        this.agent = options.agent;
        this.model = options.model;
        this.version = options.version;
        this.branch = rand.pick(project.branches);
        this.now = start;
        this.last = null;
        this.context = rand.int(14_000, 24_000);
        this.hourCache = rand.chance(0.5);
    }

    /** Members every line has, in the order the program writes them. */
    head() {
        return {
            parentUuid: this.last,
            isSidechain: this.agent !== undefined,
            userType: 'external',
            cwd: this.project.cwd,
            sessionId: this.id,
            version: this.version,
            gitBranch: this.branch,
            ...(this.agent === undefined ? {} : { agentId: this.agent }),
        };
    }

    stamp(maxSeconds) {
        this.now += this.rand.int(200, maxSeconds * 1000);
        const uuid = this.rand.uuid();
        this.last = uuid;
        return { uuid, timestamp: new Date(this.now).toISOString() };
    }

    prompt() {
        const length = this.rand.around(180, 1, 6000);
        const text = this.texts.prose(this.rand, length);
        this.file.add({
            ...this.head(),
            type: 'user',
            message: { role: 'user', content: text },
            ...this.stamp(600),
        });
        this.grown = Math.ceil(text.length / 4);
    }

    /** One API response: a line a content block, all with the same usage. */
    response(toolName) {
        const { rand } = this;
        const blocks = [];
        if (rand.chance(0.35)) {
            blocks.push(this.thinkingBlock());
        }
        if (toolName === null || rand.chance(0.5)) {
            const median = toolName === null ? 900 : 160;
            const length = rand.around(median, 0.8, 12_000);
            blocks.push({ type: 'text', text: this.texts.prose(rand, length) });
        }
        const calls = toolName === null ? 0 : rand.chance(0.15) ? 2 : 1;
        for (let i = 0; i < calls; i++) {
            blocks.push(this.toolBlock(toolName));
        }
        let letters = 0;
        for (const block of blocks) {
            letters += JSON.stringify(block).length;
        }
        const usage = this.nextUsage(Math.ceil(letters / 3.6) + 8);
        const message = {
            model: this.model,
            id: `msg_01${rand.base62(22)}`,
            type: 'message',
            role: 'assistant',
        };
        const requestId = `req_011C${rand.base62(20)}`;
        blocks.forEach((block, i) => {
            this.assistantLine(message, block, requestId, usage, {
                provisional: i === 0 && blocks.length > 1 && rand.chance(0.4),
            });
        });
        this.count(usage);
        return blocks.filter((block) => block.type === 'tool_use');
    }

    assistantLine(message, block, requestId, usage, { provisional }) {
        const shown = provisional
            ? { ...usage, output_tokens: this.rand.int(1, 8) }
            : usage;
        this.file.add({
            ...this.head(),
            message: {
                ...message,
                content: [block],
                stop_reason: null,
                stop_sequence: null,
                usage: shown,
            },
            requestId,
            type: 'assistant',
            ...this.stamp(6),
        });
    }

    thinkingBlock() {
        const { rand } = this;
        return {
            type: 'thinking',
            thinking: this.texts.prose(rand, rand.around(700, 0.9, 20_000)),
            signature: this.texts.base64(rand, rand.around(900, 0.7, 9000)),
        };
    }

    toolBlock(name) {
        const { rand, texts } = this;
        const file_path = `${this.project.cwd}/${texts.path(rand)}`;
        const code = (median) =>
            texts.code(rand, rand.around(median, 1, 60_000));
        const inputs = {
            Read: () => ({ file_path, offset: rand.int(1, 900), limit: 200 }),
            Bash: () => ({
                command: texts.log(rand, rand.around(90, 0.8, 3000)),
                description: texts.prose(rand, 30),
            }),
            Edit: () => ({
                file_path,
                old_string: code(400),
                new_string: code(600),
            }),
            Grep: () => ({
                pattern: `${texts.word(rand)}\\.(${texts.word(rand)}|\\w+)`,
                path: file_path,
            }),
            Write: () => ({ file_path, content: code(5000) }),
            Task: () => ({
                description: texts.prose(rand, 30),
                prompt: texts.prose(rand, rand.around(1200, 0.7, 9000)),
                subagent_type: 'general-purpose',
            }),
        };
        return {
            type: 'tool_use',
            id: `toolu_01${rand.base62(22)}`,
            name,
            input: inputs[name](),
        };
    }

    /** The tool's answer; its text comes twice, as the program writes it. */
    toolResult(call) {
        const { rand, texts } = this;
        if (rand.chance(0.004)) {
            this.pictureResult(call);
            return;
        }
        const median = call.name === 'Read' ? 4200 : 1300;
        const length = rand.around(median, 1.1, 90_000);
        const text =
            call.name === 'Bash' || call.name === 'Grep'
                ? texts.log(rand, length)
                : texts.code(rand, length);
        const content = call.name === 'Read' ? numbered(text) : text;
        this.userLine(call, content, this.resultDetail(call, text));
        this.grown += Math.ceil(content.length / 3.6);
    }

    resultDetail(call, text) {
        const filePath = call.input.file_path;
        switch (call.name) {
        case 'Bash':
            return {
                stdout: text,
                stderr: '',
                interrupted: false,
                isImage: false,
            };
        case 'Read':
            return {
                type: 'text',
                file: { filePath, content: text, numLines: 200, startLine: 1 },
            };
        case 'Edit':
            return {
                filePath,
                oldString: call.input.old_string,
                newString: call.input.new_string,
                originalFile: text,
                structuredPatch: [
                    { oldStart: 12, newStart: 12, lines: text.split('\n') },
                ],
            };
        default:
            return { mode: 'content', numFiles: 3, content: text };
        }
    }

    pictureResult(call) {
        const data = this.texts.base64(
            this.rand,
            this.rand.around(120_000, 0.6, 700_000)
        );
        const image = {
            type: 'image',
            source: { type: 'base64', media_type: 'image/png', data },
        };
        this.userLine(call, [image], { isImage: true });
        this.grown += 1500;
    }

    userLine(call, content, toolUseResult) {
        this.file.add({
            ...this.head(),
            type: 'user',
            message: {
                role: 'user',
                content: [
                    { tool_use_id: call.id, type: 'tool_result', content },
                ],
            },
            ...this.stamp(20),
            toolUseResult,
        });
    }

    /** Counts grow with the conversation until it is compacted. */
    nextUsage(output) {
        const written = this.grown + this.rand.int(50, 400);
        const usage = {
            input_tokens: this.rand.int(2, 12),
            cache_creation_input_tokens: written,
            cache_read_input_tokens: this.context,
            cache_creation: {
                ephemeral_5m_input_tokens: this.hourCache ? 0 : written,
                ephemeral_1h_input_tokens: this.hourCache ? written : 0,
            },
            output_tokens: output,
            service_tier: 'standard',
        };
        this.context += written + output;
        this.grown = 0;
        if (this.context > 160_000) {
            this.compact();
        }
        return usage;
    }

    compact() {
        this.context = this.rand.int(22_000, 34_000);
        this.file.add({
            ...this.head(),
            type: 'system',
            subtype: 'compact_boundary',
            content: 'Conversation compacted',
            isMeta: false,
            level: 'info',
            compactMetadata: { trigger: 'auto', preTokens: 160_011 },
            ...this.stamp(3),
        });
    }

    count(usage) {
        const { truth } = this;
        const written = usage.cache_creation_input_tokens;
        const read = usage.cache_read_input_tokens;
        truth.requests += 1;
        truth.input_tokens += usage.input_tokens + written + read;
        truth.cache_write_tokens += written;
        truth.cache_read_tokens += read;
        truth.output_tokens += usage.output_tokens;
    }

    progress() {
        const { rand, texts } = this;
        const output = texts.log(rand, rand.around(300, 0.8, 5000));
        this.file.add({
            ...this.head(),
            type: 'progress',
            data: {
                type: 'bash_progress',
                output,
                fullOutput: output,
                elapsedTimeSeconds: rand.int(2, 90),
            },
            toolUseID: `bash-progress-${rand.int(0, 40)}`,
            ...this.stamp(3),
        });
    }

    snapshot() {
        const { rand, texts } = this;
        const backups = {};
        for (let n = rand.int(0, 12); n > 0; n--) {
            backups[texts.path(rand)] = {
                backupFileName: `${rand.hex(16)}@v${n}`,
                version: n,
                backupTime: new Date(this.now).toISOString(),
            };
        }
        const messageId = rand.uuid();
        this.file.add({
            type: 'file-history-snapshot',
            messageId,
            snapshot: {
                messageId,
                trackedFileBackups: backups,
                timestamp: new Date(this.now).toISOString(),
            },
            isSnapshotUpdate: rand.chance(0.5),
        });
    }

    summary() {
        this.file.add({
            type: 'summary',
            summary: this.texts.prose(this.rand, 40),
            leafUuid: this.rand.uuid(),
        });
    }

    apiError() {
        this.file.add({
            ...this.head(),
            message: {
                id: this.rand.uuid(),
                model: '<synthetic>',
                role: 'assistant',
                type: 'message',
                content: [{ type: 'text', text: 'API Error: Overloaded' }],
                usage: {
                    input_tokens: 0,
                    output_tokens: 0,
                    cache_creation_input_tokens: 0,
                    cache_read_input_tokens: 0,
                },
            },
            type: 'assistant',
            isApiErrorMessage: true,
            ...this.stamp(30),
        });
    }
}

function numbered(text) {
    let n = 0;
    return text.replace(/^/gm, () => `${String(++n).padStart(6)}→`);
}

/** A prompt, the tools it took, and the closing answer. */
function turn(session, spawn) {
    const { rand } = session;
    session.prompt();
    if (rand.chance(0.4)) {
        session.snapshot();
    }
    for (let n = rand.around(7, 0.8, 60); n > 0; n--) {
        const calls = session.response(rand.weighted(TOOLS));
        for (const call of calls) {
            if (call.name === 'Bash' && rand.chance(0.5)) {
                session.progress();
            }
            if (call.name === 'Task') {
                spawn();
            }
            session.toolResult(call);
        }
        if (rand.chance(0.004)) {
            session.apiError();
        }
    }
    session.response(null);
}

/** A sub-agent: its own file, and its answers as the parent's progress. */
function subAgent(parent, folder, files) {
    const { rand, texts, project, truth } = parent;
    const agent = rand.hex(8);
    const file = new LogFile(
        path.join(folder, parent.id, 'subagents', `agent-${agent}.jsonl`)
    );
    const session = new ClaudeSession({
        rand, texts, project, file, truth, start: parent.now,
        options: {
            id: parent.id,
            agent,
            model: SIDE_MODEL,
            version: parent.version,
        },
    });
    turn(session, () => {});
    for (const line of file.lines) {
        const copy = JSON.parse(line);
        if (copy.type === 'assistant' && !copy.isApiErrorMessage) {
            parent.file.add({
                ...parent.head(),
                type: 'progress',
                data: {
                    type: 'agent_progress',
                    agentId: agent,
                    message: {
                        type: 'assistant',
                        timestamp: copy.timestamp,
                        requestId: copy.requestId,
                        isSidechain: true,
                        message: copy.message,
                        uuid: copy.uuid,
                    },
                },
                ...parent.stamp(2),
            });
        }
    }
    files.push(file);
}

/** A side question replays the parent's last answers under new request ids. */
function sideChain(parent, folder, files) {
    const agent = parent.rand.hex(8);
    const file = new LogFile(
        path.join(folder, parent.id, 'subagents', `agent-${agent}.jsonl`)
    );
    for (const line of parent.file.lines.slice(-12)) {
        const copy = JSON.parse(line);
        if (copy.type === 'assistant' && !copy.isApiErrorMessage) {
            copy.isSidechain = true;
            copy.agentId = agent;
            copy.requestId = `req_011C${parent.rand.base62(20)}`;
            copy.uuid = parent.rand.uuid();
            file.add(copy);
        }
    }
    if (file.lines.length > 0) {
        files.push(file);
    }
}

/** A resumed session: earlier lines again, in a new file, under a new id. */
function fork(parent, folder, files) {
    const id = parent.rand.uuid();
    const file = new LogFile(path.join(folder, `${id}.jsonl`));
    const upTo = Math.floor(parent.file.lines.length / 3);
    for (const line of parent.file.lines.slice(0, upTo)) {
        file.add(
            JSON.parse(line, (key, value) => (key === 'sessionId' ? id : value))
        );
    }
    files.push(file);
}

/** All files of one main session, with its agents and forks. */
export function claudeSession({ rand, texts, project, root, truth }) {
    const folder = path.join(root, 'claude', 'projects', project.folder);
    const id = rand.uuid();
    const files = [new LogFile(path.join(folder, `${id}.jsonl`))];
    const session = new ClaudeSession({
        rand, texts, project, file: files[0], truth, start: startOf(rand),
        options: {
            id,
            model: rand.weighted(CLAUDE_MODELS),
            version: rand.pick(['2.0.76', '2.1.14', '2.1.190', '2.1.201']),
        },
    });
    if (rand.chance(0.3)) {
        session.summary();
    }
    const size = rand.around(450_000, 1.1, 6_000_000);
    while (files[0].bytes < size) {
        turn(session, () => subAgent(session, folder, files));
    }
    if (rand.chance(0.1)) {
        sideChain(session, folder, files);
    }
    if (rand.chance(0.06)) {
        fork(session, folder, files);
    }
    return files;
}
