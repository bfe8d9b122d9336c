#include "face/cli/setup_lines.h"

#include "base/attr.h"
#include "base/buf.h"

#define PLACE STR("{url}")

const struct setup_lines setup_table[] = {
    {"anthropic", "Anthropic SDK (TypeScript)",
     "import Anthropic from \"@anthropic-ai/sdk\";\n"
     "const client = new Anthropic({baseURL: \"{url}/anthropic\",\n"
     "  defaultHeaders: {\"X-Toll-Feature\": \"ticket-summary\"}});\n"},
    {"claude-code", "Claude Code",
     "export CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp\n"
     "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
     "export OTEL_EXPORTER_OTLP_ENDPOINT={url}\n"},
    {"curl", "one event a call, from anywhere",
     "curl {url}/v1/events -d '{\n"
     "  \"model\": \"gpt-4o-mini\", \"feature\": \"ticket-summary\",\n"
     "  \"input_tokens\": 1200, \"output_tokens\": 300}'\n"},
    {"google", "Google Gen AI SDK (TypeScript)",
     "import {GoogleGenAI} from \"@google/genai\";\n"
     "const ai = new GoogleGenAI({httpOptions: {baseUrl: \"{url}/gemini\",\n"
     "  headers: {\"X-Toll-Feature\": \"ticket-summary\"}}});\n"},
    {"langchain", "LangChain (Python)",
     "from langchain_openai import ChatOpenAI\n"
     "llm = ChatOpenAI(model=\"gpt-4o-mini\", base_url=\"{url}/openai/v1\",\n"
     "  default_headers={\"X-Toll-Feature\": \"ticket-summary\"})\n"},
    {"litellm", "LiteLLM (Python)",
     "import litellm\n"
     "litellm.completion(model=\"gpt-4o-mini\", api_base=\"{url}/openai/v1\",\n"
     "  messages=messages, extra_headers={\"X-Toll-Feature\": "
     "\"ticket-summary\"})\n"},
    {"openai", "OpenAI SDK (TypeScript)",
     "import OpenAI from \"openai\";\n"
     "const client = new OpenAI({baseURL: \"{url}/openai/v1\",\n"
     "  defaultHeaders: {\"X-Toll-Feature\": \"ticket-summary\"}});\n"},
    {"opentelemetry", "OpenTelemetry, whatever instruments the calls",
     "export OTEL_EXPORTER_OTLP_ENDPOINT={url}\n"
     "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
     "export OTEL_RESOURCE_ATTRIBUTES=service.name=summarizer,"
     "toll.feature=ticket-summary\n"},
    {"vercel-ai", "Vercel AI SDK (TypeScript)",
     "import {createOpenAI} from \"@ai-sdk/openai\";\n"
     "const openai = createOpenAI({baseURL: \"{url}/openai/v1\",\n"
     "  headers: {\"X-Toll-Feature\": \"ticket-summary\"}});\n"},
};
const size_t setup_table_n = ARRAY_N(setup_table);

void setup_add(struct buf *b, const struct setup_lines *row, struct str url)
{
    struct str rest = str_from_cz(row->lines);
    size_t at = str_find(rest, PLACE, 0);

    while (at != SIZE_MAX) {
        buf_str(b, str_sub(rest, 0, at));
        buf_str(b, url);
        rest = str_sub(rest, at + PLACE.n, SIZE_MAX);
        at = str_find(rest, PLACE, 0);
    }
    buf_str(b, rest);
}
