# Requests as the platforms' documents print them, with another host: curl.sh URL TOKEN FOLDER RIPSAW.
set -euo pipefail

url=$1 token=$2 folder=$3 ripsaw=$4
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

# Harness: the downloads of an execution's logs and of a step's, asked for until they are ready. The older document has
# other headers, and keys that end with a slash.
account=hX3pQ7_vR2mWk9-TzLb0Eg
run=$account/pipeline/Release_Checkout/128
newer() {
  curl -sS "$url/gateway/log-service/blob/download?accountID=$account&prefix=$1" \
-X 'POST' \
-H 'content-type: application/json' \
-H "x-api-key: $token"
}
older() {
  curl -sS "$url/gateway/log-service/blob/download?accountID=$account&prefix=$1" \
  -X 'POST' \
  -H "authorization: Bearer $token" \
  -H 'content-type: application/json' \
  -H "x-harness-token: $token" \
  --compressed
}
download() {
  for ((try = 0; try < 50; try++)); do
    "$1" "$2" >"$out/answer"
    ! grep -qF '"status":"success"' "$out/answer" || break
    sleep 0.1
  done
  says "$out/answer" '"status":"success"' "the job of $2"
  link=$(sed 's/.*"link":"\([^"]*\)".*/\1/; s/\\u0026/\&/g' "$out/answer")
  # The link needs no key.
  curl -sS -o "$out/logs.zip" "$link"
}
for prefix in "newer $run/-aT5bV0yQTuKxw8mE2-Jc1Q" "older $run/"; do
  download $prefix
  same "$out/logs.zip" "$folder/deploy.zip" "the zip of $prefix"
done
curl -sS -o "$out/part" -r 100-199 "$link"
same "$out/part" <(tail -c +101 "$folder/deploy.zip" | head -c 100) "a part of the zip"
step=$run/-aT5bV0yQTuKxw8mE2-Jc1Q/Build/Checks/Lint
curl -sS "$url/gateway/log-service/blob?accountID=$account&key=$step" -H "x-api-key: $token" >"$out/log"
for how in newer older; do
  download "$how" "$step"
  "$ripsaw" cat --raw "$out/logs.zip" >"$out/text"
  same "$out/text" "$out/log" "the log of a step"
done

# Harness FirstGen: the mutation of the document, for any time; then its link, which needs no key.
query='mutation { exportExecutions(input: { clientMutationId: "gqahal-test" filters: [
  {application: {operator: IN, values: ["ekftWF9jQRewZt7FhM7KTw"]}},
  {startTime: {operator: AFTER, value: 946684800000}}, ] userGroupIds: "HhsqnZRlSCyqTxhVNCqzfA" }) {
  clientMutationId requestId status totalExecutions triggeredAt downloadLink expiresAt errorMessage } }'
curl -sS "$url/gateway/api/graphql?accountId=kmpySmUISimoRrJL6NL73w" -H "x-api-key: $token" \
  -H 'content-type: application/json' --data-binary @- >"$out/answer" <<<"{\"query\":\"$(
    tr '\n' ' ' <<<"$query" | sed 's/"/\\"/g')\"}"
says "$out/answer" '"clientMutationId":"gqahal-test"' "the export"
says "$out/answer" '"errorMessage":null' "the export"
link=$(sed 's/.*"downloadLink":"\([^"]*\)".*/\1/' "$out/answer")
for ((try = 0; try < 50; try++)); do
  status=$(curl -sS -o "$out/logs.zip" -w '%{http_code}' "$link")
  [[ $status == 202 ]] || break
  sleep 0.1
done
[[ $status == 200 ]] || { cat "$out/answer" "$out/logs.zip" >&2; exit 1; }
"$ripsaw" cat "$out/logs.zip" >"$out/log"
"$ripsaw" cat "$folder/firstgen" >"$out/text"
[[ -s $out/log ]] || { echo "the export: no logs" >&2; exit 1; }
same <(sort "$out/log") <(sort "$out/text") "the export"

echo 'curl: as it should be'
