# Apify's command against `ripsaw serve`: apify-cli.sh COMMAND URL TOKEN FOLDER.
set -euo pipefail

apify=$1 folder=$4
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# Its own files go there; it asks nobody for news, and sends none.
export HOME=$out APIFY_CLIENT_BASE_URL=$2 APIFY_CLI_DISABLE_TELEMETRY=1 APIFY_CLI_SKIP_UPDATE_CHECK=1 APIFY_DISABLE_KEYRING=1
says() { grep -qF -- "$2" "$1" || { cat "$1" >&2; echo "$3: not what it should be" >&2; exit 1; }; }

"$apify" login --token "$3" >"$out/login" 2>&1 || { cat "$out/login" >&2; exit 1; }
says "$out/login" archive "login"
"$apify" runs log HG7ML7M8z78YcAPEB >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 1; }
while IFS= read -r line; do says "$out/log" "$line" "runs log"; done <"$folder/HG7ML7M8z78YcAPEB.log"
"$apify" builds log 7hPq2WcYt9KdRm3Zx >"$out/log" 2>&1 || { cat "$out/log" >&2; exit 1; }
says "$out/log" 'ACTOR: Build finished.' "builds log"
"$apify" runs ls archive/apify --json >"$out/runs" 2>"$out/errors" || { cat "$out/errors" >&2; exit 1; }
for id in HG7ML7M8z78YcAPEB Vd5KqYw0TzJ3nMb8e Qm4tXz81LkWbN7vRs; do says "$out/runs" "$id" "runs ls"; done
"$apify" runs info HG7ML7M8z78YcAPEB --json >"$out/run" 2>"$out/errors" || { cat "$out/errors" >&2; exit 1; }
says "$out/run" SUCCEEDED "runs info"
"$apify" actors ls --my --json >"$out/actors" 2>"$out/errors" || { cat "$out/errors" >&2; exit 1; }
says "$out/actors" '"apify"' "actors ls"
# Its exit code does not say so.
"$apify" runs log 0000000000000Zz0A >"$out/log" 2>&1 || true
says "$out/log" 'not found' "a missing log"

echo 'apify-cli: as it should be'
