//! `bellhop sandbox`: the local CRM on its own.

use bellhop_sandbox::{Data, Fault, SandboxConfig};

use crate::arguments::SandboxArguments;
use crate::signal;
use crate::trouble::{Ending, Trouble};

/// Runs the sandbox until Ctrl-C.
pub(crate) async fn sandbox(arguments: SandboxArguments) -> Result<Ending, Trouble> {
    let mut config = SandboxConfig { listen: arguments.listen, ..SandboxConfig::default() };
    config.webhooks.to = arguments.webhooks_to;
    if let Some(path) = &arguments.data {
        let text = std::fs::read_to_string(path).map_err(|error| Trouble::reading(path, &error))?;
        let json = serde_json::from_str(&text)
            .map_err(|error| Trouble::new(format!("{} is no JSON: {error}.", path.display())))?;
        config.data = Data::from_json(&json).map_err(|error| Trouble::new(error.to_string()))?;
    }
    for fault in &arguments.faults {
        config.faults.push(Fault::parse(fault).map_err(|error| Trouble::new(error.to_string()))?);
    }
    for quirk in &arguments.quirks {
        config.quirk(quirk).map_err(|error| Trouble::new(error.to_string()))?;
    }
    let running = bellhop_sandbox::start(config).await.map_err(|error| Trouble::new(error.to_string()))?;
    anstream::println!("The sandbox CRM is at {}", running.base_url());
    anstream::println!("  location id  {}", running.location_id());
    anstream::println!("  token        {}", running.token());
    anstream::println!(
        "  all of it    {}/__sandbox   (public keys, calls, state at /__sandbox/state)",
        running.base_url()
    );
    anstream::eprintln!("Ctrl-C ends it.");
    signal::ended().await;
    running.shutdown().await;
    Ok(Ending::Fine)
}
