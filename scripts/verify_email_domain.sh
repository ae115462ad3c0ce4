#!/bin/sh
# Shows which DNS records EMAIL_DOMAIN needs, and asks Azure to look for them. Run it again until it finds them all; then
# the next `azd provision` sends email from that domain. Needs `az login`.
set -eu

domain=$(azd env get-value EMAIL_DOMAIN_ID)

ask() {
  method=$1 path=$2
  shift 2
  az rest --method "$method" --url "https://management.azure.com$domain$path?api-version=2025-09-01" "$@"
}

ask get "" --query "values(properties.verificationRecords)[].{type: type, name: name, value: value}" --output table

missing=""
for record in Domain SPF DKIM DKIM2; do
  status=$(ask get "" --query "properties.verificationStates.$record.status" --output tsv)
  case $status in
    Verified) continue ;;
    NotStarted | VerificationFailed) ask post /initiateVerification --body "{\"verificationType\": \"$record\"}" ;;
  esac
  missing="$missing $record"
done

if [ -n "$missing" ]; then
  echo "Azure is looking for:$missing. Set the records above, and run this again in a quarter of an hour."
  exit 1
fi
azd env set EMAIL_DOMAIN_IS_VERIFIED true
echo "The domain is verified. Now run: azd provision"
