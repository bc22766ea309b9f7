# Requests as the platforms' documents print them, with another host: curl.sh URL TOKEN FOLDER.
set -euo pipefail

url=$1 token=$2 folder=$3
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

same() { cmp "$1" "$2" || { echo "$3: not what it should be" >&2; exit 1; }; }
says() { grep -qF -- "$2" "$1" || { cat "$1" >&2; echo "$3: not what it should be" >&2; exit 1; }; }

# Apify: "Get log".
curl -sS -L "$url/v2/logs/HG7ML7M8z78YcAPEB" \
-H 'Accept: text/plain' \
-H "Authorization: Bearer $token" >"$out/log"
same "$out/log" "$folder/apify/HG7ML7M8z78YcAPEB.log" "the log"
curl -sS -L "$url/v2/logs/Vd5KqYw0TzJ3nMb8e?stream=false&download=true&raw=true" \
-H 'Accept: text/plain' \
-H "Authorization: Bearer $token" -D "$out/head" >"$out/log"
same "$out/log" "$folder/apify/raw/Vd5KqYw0TzJ3nMb8e.txt" "the log as it was"
says "$out/head" 'attachment' "a download"
(cd "$out" && curl -sS -L -OJ "$url/v2/logs/HG7ML7M8z78YcAPEB?download=1" -H "Authorization: Bearer $token")
same "$out/HG7ML7M8z78YcAPEB.txt" "$folder/apify/HG7ML7M8z78YcAPEB.log" "the downloaded file"
curl -sS -L "$url/v2/logs/:buildOrRunId" -H "Authorization: Bearer $token" >"$out/log"
says "$out/log" '"record-not-found"' "no such log"
curl -sS --compressed "$url/v2/logs/HG7ML7M8z78YcAPEB?token=$token" >"$out/log"
same "$out/log" "$folder/apify/HG7ML7M8z78YcAPEB.log" "the log, compressed"

# deepset: "Get Pipeline Logs".
logs="$url/api/v1/workspaces/production/pipelines/search/logs"
curl -sS "$logs?limit=2" -H 'accept: application/json' -H "authorization: Bearer $token" >"$out/page"
says "$out/page" '"has_more":true' "a page"
curl -sS -G "$logs" --data-urlencode "filter=level eq 'error' and logged_at ge '2025-01-01'" \
  -d limit=100 -H 'accept: text/csv' -H "authorization: Bearer $token" >"$out/page"
says "$out/page" 'log_id,message,logged_at,level,origin,exceptions,extra_fields' "CSV"
[[ $(grep -c ',error,' "$out/page") -gt 1 ]] || { echo "CSV: too few records" >&2; exit 1; }
curl -sS "$logs?order=up" -H "authorization: Bearer $token" >"$out/page"
says "$out/page" "Input should be 'ASC' or 'DESC'" "a wrong order"

# Harness: the download of an execution's logs, asked for until it is ready.
account=hX3pQ7_vR2mWk9-TzLb0Eg
prefix=$account/pipeline/Release_Checkout/128/-aT5bV0yQTuKxw8mE2-Jc1Q
for ((try = 0; try < 50; try++)); do
  curl -sS -X POST "$url/gateway/log-service/blob/download?accountID=$account&prefix=$prefix" \
    -H 'content-type: application/json' -H "x-api-key: $token" >"$out/answer"
  ! grep -qF '"status":"success"' "$out/answer" || break
  sleep 0.1
done
says "$out/answer" '"status":"success"' "the job"
link=$(sed 's/.*"link":"\([^"]*\)".*/\1/; s/\\u0026/\&/g' "$out/answer")
# The link needs no key.
curl -sS -o "$out/logs.zip" "$link"
same "$out/logs.zip" "$folder/deploy.zip" "the zip"
curl -sS -o "$out/part" -r 100-199 "$link"
same "$out/part" <(tail -c +101 "$folder/deploy.zip" | head -c 100) "a part of the zip"

echo 'curl: as it should be'
